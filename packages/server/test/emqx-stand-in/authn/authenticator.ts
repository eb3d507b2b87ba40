import type { ClientAcl } from "../authz/client-acl.ts";
import type { ClientInfo } from "../client-info.ts";
import type { PoolStatus } from "../http/http-pool.ts";
import type { JsonObject } from "../json.ts";

export interface Allow {
  result: "allow";
  superuser: boolean;
  clientAttrs: Record<string, string>;
  expiresAtSeconds: number | undefined;
  acl: ClientAcl | undefined;
}

export type AuthnResult =
  | Allow
  | { result: "deny"; reason: "not_authorized" | "bad_username_or_password" }
  | { result: "ignore" };

export const ignore: AuthnResult = { result: "ignore" };
export const notAuthorized: AuthnResult = { result: "deny", reason: "not_authorized" };
/** What MQTT shows as 4 or 0x86. */
export const badCredentials: AuthnResult = { result: "deny", reason: "bad_username_or_password" };

/** One member of the chain, at work. */
export interface Authenticator {
  authenticate(client: ClientInfo): AuthnResult | Promise<AuthnResult>;
  status(): PoolStatus;
  /** Why it is disconnected. */
  problem?(): string | undefined;
  /** `undefined` for kinds that have no resource with counts. */
  resourceCounts?(): { matched: number; success: number; failed: number };
  healthCheck(): Promise<void>;
  close(): void;
}

export function superuser(value: unknown): boolean {
  return value === true || value === "true" || value === "1" || (typeof value === "number" && value >= 1);
}

/** Attributes of an answer or token: odd names are dropped, a value that is no text makes the authenticator crash. */
export function clientAttributes(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("client_attrs is no map");
  const entries = Object.entries(value as JsonObject);
  if (entries.some(([, one]) => typeof one !== "string")) throw new Error("client_attrs holds more than texts");
  return Object.fromEntries(entries.filter(([name]) => /^[A-Za-z0-9]+[A-Za-z0-9-_]*$/.test(name))) as never;
}
