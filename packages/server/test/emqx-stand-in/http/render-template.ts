/** What a placeholder stands for, `undefined` where this client has none; only names in it are known. */
export type Values = Record<string, string | undefined>;

/**
 * Fills `${name}` in. Known names without a value become empty, others stay as they are written; `client_attrs.` names
 * are always known, but stay literal too in a template that has an unknown one (recorded).
 */
export function renderTemplate(
  template: string,
  values: Values,
  encode = (text: string) => text,
  attributesKnown = true,
): string {
  return template.replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
    if (name === "$") return "$";
    const value = values[name.replace(/^\./, "")];
    if (value !== undefined) return encode(value);
    return name in values || (attributesKnown && name.startsWith("client_attrs.")) ? "" : whole;
  });
}

/** Whether all placeholders of these templates are known. */
export function allKnown(templates: readonly string[], values: Values): boolean {
  const names = templates.flatMap((template) =>
    [...template.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1] ?? ""),
  );
  return names.every((name) => name in values || name.startsWith("client_attrs."));
}

/** As Erlang's `uri_string:compose_query`: a space is a plus. */
export function formEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, "+");
}
