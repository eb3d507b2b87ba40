import { descendingJson, isObject } from "../json.ts";

/** Fills `${a.b}` with the selected columns; `${.}` is all of them; what is missing reads `undefined`. */
export function fillRuleTemplate(template: string, columns: Record<string, unknown>): string {
  return template.replace(/\$\{([^}]*)\}/g, (_whole, name: string) => {
    if (name === ".") return descendingJson(columns);
    let at: unknown = columns;
    for (const key of name.replace(/^\./, "").split(".")) at = isObject(at) ? at[key] : undefined;
    if (at === undefined) return "undefined";
    return typeof at === "string" ? at : descendingJson(at);
  });
}
