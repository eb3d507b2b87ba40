import type { Json } from "../management/management-client.ts";

/** Values by dotted path as HOCON, which EMQX's configuration files are written in. Texts are quoted: nothing in them counts. */
export function renderHocon(values: ReadonlyMap<string, Json>): string {
  return [...values]
    .map(([path, value]) => `${path.split(".").map(keyText).join(".")}${assigned(value, "")}\n`)
    .join("\n");
}

/** ` {…}` for an object, ` = …` for anything else. */
function assigned(value: Json, indent: string): string {
  const isBlock = typeof value === "object" && value !== null && !Array.isArray(value);
  return `${isBlock ? " " : " = "}${valueText(value, indent)}`;
}

function valueText(value: Json, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    if (value.every((each) => typeof each !== "object"))
      return `[${value.map((each) => JSON.stringify(each)).join(", ")}]`;
    return `[\n${value.map((each) => `${inner}${valueText(each, inner)}`).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value);
  if (members.length === 0) return "{}";
  return `{\n${members.map(([key, each]) => `${inner}${keyText(key)}${assigned(each, inner)}`).join("\n")}\n${indent}}`;
}

function keyText(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : JSON.stringify(key);
}
