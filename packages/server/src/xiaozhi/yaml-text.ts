import type { Scalar } from "yaml";

/**
 * A text as a YAML value, in the quotes of the value before where there were any. Without quotes only a host, or
 * host:port, which no dialect reads as anything else; in braces always with quotes, for old parsers.
 */
export function yamlText(
  value: string,
  { former, inFlow = false }: { former?: Scalar | undefined; inFlow?: boolean } = {},
): string {
  if (former?.type === "QUOTE_SINGLE" && isOrdinary(value)) return `'${value.replaceAll("'", "''")}'`;
  const isQuoted = former?.type === "QUOTE_DOUBLE" || inFlow;
  if (!isQuoted && isPlain(value)) return value;
  return inDoubleQuotes(value);
}

/** `a.example.org`, `192.0.2.1`, `broker:1883`; not `yes`, `1e3` or `12:30`. */
function isPlain(value: string): boolean {
  return plainForms.some((form) => form.test(value));
}

const plainForms = [
  /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*:\d+$/i,
  /^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]*[a-z][a-z0-9-]*)+$/i,
  /^\d+\.\d+\.\d+\.\d+(:\d+)?$/,
];

const isOrdinary = (value: string) => /^[\x20-\x7e]*$/.test(value);

/** JSON's escapes are YAML's too; whatever is not ASCII is escaped, as YAML 1.1 takes some of it for line ends. */
function inDoubleQuotes(value: string): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/gu, (each) => {
    const code = (each.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}
