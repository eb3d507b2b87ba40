import type { Json } from "../management/management-client.ts";

/** Values by dotted path as the variables that EMQX reads: `.` is `__`, and a value is HOCON, of which JSON is a part. */
export function environmentOf(values: ReadonlyMap<string, Json>): ReadonlyMap<string, string> {
  return new Map([...values].map(([path, value]) => [variableName(path), JSON.stringify(value)]));
}

function variableName(path: string): string {
  return `EMQX_${path.toUpperCase().replaceAll(".", "__")}`;
}

/** `NAME=value` lines as `docker run --env-file` reads them: to the end of the line, and nothing in it counts. */
export function renderEnvironment(values: ReadonlyMap<string, Json>): string {
  return [...environmentOf(values)].map(([name, value]) => `${name}=${value}\n`).join("");
}

/** The part of a compose file: Compose takes a `$` for a variable of its own unless there are two. */
export function renderCompose(values: ReadonlyMap<string, Json>): string {
  const lines = [...environmentOf(values)].map(
    ([name, value]) => `      ${name}: ${quoted(value.replaceAll("$", "$$$$"))}\n`,
  );
  return `services:\n  emqx:\n    environment:\n${lines.join("")}`;
}

/** In YAML's single quotes only the quote itself counts. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
