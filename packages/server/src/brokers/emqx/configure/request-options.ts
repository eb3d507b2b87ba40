import type { JsonObject } from "../management/management-client.ts";

/** As EMQX reads a duration. A plain number would be milliseconds. */
export function seconds(value: number): string {
  return Number.isInteger(value) ? `${value}s` : `${Math.round(value * 1000)}ms`;
}

/** EMQX refuses an https URL without this, and http with it would never connect. Without a CA it checks no certificate. */
export function clientSsl(url: string, ca?: string): JsonObject {
  const enable = url.startsWith("https:");
  return { enable, ...(enable && ca !== undefined && { verify: "verify_peer", cacertfile: ca }) };
}

/** Given headers replace EMQX's own ones. */
export function jsonHeaders(brokerToken: string): JsonObject {
  return { "content-type": "application/json", authorization: `Bearer ${brokerToken}` };
}
