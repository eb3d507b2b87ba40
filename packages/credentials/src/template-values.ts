import type { Claims } from "./credential-scheme.ts";

/** What a template may put in. Which of these are proven depends on where the template stands. */
export interface TemplateValues {
  /** Claims of a verified token: `${claims.sub}`, `${claims.device.mac}`. */
  claims?: Claims;
  /** Attributes of the device: `${attrs.site}`. */
  attrs?: Readonly<Record<string, unknown>>;
  /** The CONNECT's own client id and user name. */
  clientId?: string;
  username?: string;
  /** The proven identity. */
  deviceId?: string;
  /** The proven MAC address, lower case with colons. */
  mac?: string;
}

/** A name that a placeholder may carry. */
export type TemplateName = "clientId" | "username" | "deviceId" | "mac" | `claims.${string}` | `attrs.${string}`;

const namePattern = /^(?:clientId|username|deviceId|mac|(?:claims|attrs)(?:\.[A-Za-z0-9_-]{1,64}){1,8})$/;

export function isTemplateName(text: string): text is TemplateName {
  return namePattern.test(text);
}

/**
 * The value at a dotted path as text; own properties only, so `claims.constructor` is a claim or nothing. Numbers
 * count when they are safe integers: others do not survive JSON unchanged, and two of them could become one text.
 */
export function lookUp(values: TemplateValues, path: readonly string[]): string | undefined {
  let value: unknown = values;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (typeof value === "string") return value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
