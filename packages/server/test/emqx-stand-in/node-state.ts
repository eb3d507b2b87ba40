import { randomBytes } from "node:crypto";
import type { AuthenticatorChain } from "./authn/authenticator-chain.ts";
import type { Surroundings } from "./authn/make-authenticator.ts";
import type { SourceList } from "./authz/source-list.ts";
import { isObject, type JsonObject } from "./json.ts";

export interface ApiKey {
  name: string;
  key: string;
  secret: string;
  enable: boolean;
  desc: string;
  createdAt: string;
  /** Epoch seconds. */
  expiresAt: number | "infinity";
}

export interface Ban {
  as: string;
  who: string;
  by: string;
  reason: string;
  /** Epoch seconds. */
  at: number;
  until: number;
}

export interface DashboardUser {
  username: string;
  password: string;
  description: string;
}

export interface Alarm {
  name: string;
  message: string;
  details: JsonObject;
  activatedAt: number;
}

/** What a node is configured to be and what it remembers over a restart. */
export interface NodeState {
  readonly surroundings: Surroundings;
  chain: AuthenticatorChain;
  sources: SourceList;
  settings: JsonObject;
  autoSubscribe: JsonObject[];
  globalZone: JsonObject;
  dashboard: JsonObject;
  bans: Ban[];
  apiKeys: ApiKey[];
  users: DashboardUser[];
  /** Bearer tokens and when they were last used (epoch milliseconds). */
  tokens: Map<string, { username: string; usedAt: number }>;
  startedAt: number;
}

export const nodeName = "emqx@127.0.0.1";

export const settingsDefaults = {
  cache: { enable: true, excludes: [], max_size: 32, ttl: "1m" },
  deny_action: "ignore",
  no_match: "allow",
};

export function randomText(bytes = 24): string {
  return randomBytes(bytes).toString("base64url");
}

/** The settings with a short `cache` filled up. */
export function fullSettings(given: JsonObject): JsonObject {
  const { no_match, deny_action } = { ...settingsDefaults, ...given };
  const cache = isObject(given["cache"]) ? given["cache"] : {};
  return { cache: { ...settingsDefaults.cache, ...cache }, deny_action, no_match };
}

/** RFC 3339 in UTC as EMQX writes it. */
export function rfc3339(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(/\.\d+Z$/, "+00:00");
}

/** The same with milliseconds. */
export function rfc3339Ms(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("Z", "+00:00");
}
