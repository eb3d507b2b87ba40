import { compileTemplate, type SchemeName, type TemplateValues } from "@connack/credentials";
import type { Device } from "../registry/device.ts";

export interface OpenTopic {
  state: "at connect" | "never";
  note: string;
}

/** Whose template it is. */
export interface Known {
  scheme: SchemeName;
  attributes: Device["attributes"];
}

/** Why a template has no topic for these values: because they come with the CONNECT, or for good. */
export function explainOpen(topic: string, values: TemplateValues, known: Known): OpenTopic {
  const names = [...topic.matchAll(/\$\{([^}|]+)/g)].map(([, name = ""]) => name);
  const missing = names.filter((name) => !isThere(name, values));
  if (missing.length === 0) return { state: "never", note: "a value has a character that means something in a topic" };
  const lost = missing.find((name) => !comesWithConnect(name, known));
  if (lost !== undefined) return { state: "never", note: whyLost(lost, known) };
  return { state: "at connect", note: `filled in at connect: ${[...new Set(missing)].join(", ")}` };
}

function isThere(name: string, values: TemplateValues): boolean {
  const template = compileTemplate(`\${${name}}`);
  return template.ok && template.render(values) !== undefined;
}

function comesWithConnect(name: string, { scheme, attributes }: Known): boolean {
  if (name === "clientId" || name === "username") return true;
  if (name.startsWith("claims.")) return scheme === "jwt";
  if (name === "attrs.hostname") return scheme === "jwt" && attributes["hostname"] === undefined;
  return (
    (name === "attrs.mac" && scheme.startsWith("xiaozhi")) || (name === "attrs.group" && scheme === "xiaozhi-hmac")
  );
}

function whyLost(name: string, { attributes }: Known): string {
  if (name.startsWith("claims.")) return "only a JWT has claims";
  if (name === "mac") return "its id is no MAC address";
  const attribute = name.slice("attrs.".length);
  if (name.startsWith("attrs.") && !Object.hasOwn(attributes, attribute)) return `it has no attribute ${attribute}`;
  return "its name is that of a branch that is not its own";
}
