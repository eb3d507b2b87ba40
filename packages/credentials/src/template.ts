import { isTemplateName, lookUp, type TemplateName, type TemplateValues } from "./template-values.ts";

/** Longest template text, and longest text a template renders; more renders nothing. */
export const templateLimits = { text: 1024, rendered: 2048 } as const;

/** A text with placeholders, read once and rendered per request. */
export interface Template {
  ok: true;
  /** Names used, in the order of the text; empty for a constant text. */
  names: readonly TemplateName[];
  /**
   * The text with all values put in, or `undefined` when a value is missing, no text or whole number, or too long, or
   * when `isUsable` says no to it (asked after the filters).
   */
  render(values: TemplateValues, isUsable?: (value: string) => boolean): string | undefined;
}

export type TemplateResult = Template | { ok: false; error: string };

/**
 * Filters a placeholder may name after `|`. `hex` keeps hexadecimal digits only, in upper case:
 * `02:00:00:8E:A4:0C` becomes `0200008EA40C`. `underscore` writes `_` for `:` and `-`.
 */
const filters = {
  hex: (text: string) => text.replace(/[^0-9A-Fa-f]/g, "").toUpperCase(),
  lower: (text: string) => text.toLowerCase(),
  upper: (text: string) => text.toUpperCase(),
  underscore: (text: string) => text.replace(/[:-]/g, "_"),
} as const;

type Filter = (text: string) => string;
type Part = string | { name: TemplateName; path: readonly string[]; filters: readonly Filter[] };

/**
 * Reads a template such as `devices/${claims.mac_address|hex}/up`. Placeholders are `${name}` or `${name|filter}`
 * (more filters apply from left to right); see `TemplateValues` for the names. `mayUse` narrows the names further,
 * where some of them are unproven.
 */
export function compileTemplate(text: string, mayUse: (name: TemplateName) => boolean = () => true): TemplateResult {
  if (text.length > templateLimits.text) return failed(`it is longer than ${templateLimits.text} characters`);
  const parts: Part[] = [];
  const names: TemplateName[] = [];
  let position = 0;
  for (;;) {
    const start = text.indexOf("${", position);
    if (start === -1) break;
    const end = text.indexOf("}", start);
    if (end === -1) return failed("a placeholder is not closed with }");
    if (start > position) parts.push(text.slice(position, start));
    const placeholder = readPlaceholder(text.slice(start + 2, end), mayUse);
    if (typeof placeholder === "string") return failed(placeholder);
    parts.push(placeholder);
    names.push(placeholder.name);
    position = end + 1;
  }
  if (position < text.length) parts.push(text.slice(position));
  return { ok: true, names, render: (values, isUsable) => render(parts, values, isUsable) };
}

/** The placeholder between its braces, or what is wrong with it. */
function readPlaceholder(inner: string, mayUse: (name: TemplateName) => boolean): Exclude<Part, string> | string {
  const [name = "", ...filterNames] = inner.split("|");
  if (!isTemplateName(name)) return `\${${inner}} names no value that exists: there are ${namesToUse(mayUse)}`;
  if (!mayUse(name)) return `\${${inner}} cannot be used here`;
  const chosen: Filter[] = [];
  for (const filterName of filterNames) {
    if (!isFilterName(filterName)) return `\${${inner}} names no filter: there are ${Object.keys(filters).join(", ")}`;
    chosen.push(filters[filterName]);
  }
  return { name, path: name.split("."), filters: chosen };
}

/** What there is where `mayUse` holds, for the text of an error. */
function namesToUse(mayUse: (name: TemplateName) => boolean): string {
  const names = ["deviceId", "clientId", "mac", "username", "attrs.<name>", "claims.<name>"] as const;
  return names.filter(mayUse).join(", ");
}

function isFilterName(name: string): name is keyof typeof filters {
  return Object.hasOwn(filters, name);
}

function render(
  parts: readonly Part[],
  values: TemplateValues,
  isUsable: (value: string) => boolean = () => true,
): string | undefined {
  let rendered = "";
  for (const part of parts) {
    if (typeof part === "string") {
      rendered += part;
    } else {
      let value = lookUp(values, part.path);
      if (value === undefined || value.length > templateLimits.rendered) return undefined;
      for (const filter of part.filters) value = filter(value);
      if (!isUsable(value)) return undefined;
      rendered += value;
    }
    if (rendered.length > templateLimits.rendered) return undefined;
  }
  return rendered;
}

function failed(error: string): TemplateResult {
  return { ok: false, error };
}
