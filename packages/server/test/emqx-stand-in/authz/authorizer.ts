import type { ClientInfo } from "../client-info.ts";
import { durationMs } from "../duration.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { ClientAcl } from "./client-acl.ts";
import { firstMatch } from "./match-rule.ts";
import type { TopicRequest, Verdict } from "./source.ts";
import type { SourceList } from "./source-list.ts";
import { topicMatches } from "./topic-match.ts";

export interface Decision {
  allowed: boolean;
  /** `authz_source` of the event. */
  source: string;
}

interface Remembered {
  request: TopicRequest;
  allowed: boolean;
  at: number;
}

/** One client's authorization: superuser, its own rules, the sources, no_match; answers are remembered. */
export class Authorizer {
  readonly #client: ClientInfo;
  readonly #superuser: boolean;
  readonly #acl: ClientAcl | undefined;
  readonly #sources: SourceList;
  readonly #settings: () => JsonObject;
  #cache = new Map<string, Remembered>();

  constructor(
    client: ClientInfo,
    { superuser, acl }: { superuser: boolean; acl: ClientAcl | undefined },
    sources: SourceList,
    settings: () => JsonObject,
  ) {
    this.#client = client;
    this.#superuser = superuser;
    this.#acl = acl;
    this.#sources = sources;
    this.#settings = settings;
  }

  clearCache(): void {
    this.#cache.clear();
  }

  remembered(): Remembered[] {
    return [...this.#cache.values()];
  }

  async authorize(request: TopicRequest): Promise<Decision> {
    if (this.#superuser) return { allowed: true, source: "superuser" };
    const key = JSON.stringify([request.action, request.topic, request.qos, request.retain]);
    const known = this.#recall(key);
    if (known) return { allowed: known.allowed, source: "cache" };
    const decision = await this.#decide(request);
    this.#remember(key, request, decision.allowed);
    return decision;
  }

  async #decide(request: TopicRequest): Promise<Decision> {
    const own = this.#ownRules(request);
    if (own !== undefined) return { allowed: own, source: this.#acl?.origin ?? "client_info" };
    for (const member of this.#sources.members) {
      if (!member.live) continue;
      const verdict: Verdict = await member.live.authorize(this.#client, request);
      member.metrics.total += 1;
      member.metrics[verdict] += 1;
      if (verdict === "allow" || verdict === "deny") return { allowed: verdict === "allow", source: member.type };
    }
    return { allowed: this.#settings()["no_match"] === "allow", source: "default" };
  }

  #ownRules(request: TopicRequest): boolean | undefined {
    const acl = this.#acl;
    if (!acl || (acl.expiresAtSeconds !== undefined && acl.expiresAtSeconds <= Date.now() / 1000)) return undefined;
    const rule = firstMatch(acl.rules, this.#client, request);
    if (rule) return rule.permission === "allow";
    return acl.otherwise === "deny" ? false : undefined;
  }

  #cacheSettings(): { enable: boolean; maxSize: number; ttlMs: number; excludes: string[] } {
    const { cache } = this.#settings();
    const given = isObject(cache) ? cache : {};
    return {
      enable: String(given["enable"]) === "true",
      maxSize: Number(given["max_size"]),
      ttlMs: durationMs(given["ttl"]) ?? 60_000,
      excludes: Array.isArray(given["excludes"]) ? given["excludes"].map(String) : [],
    };
  }

  #recall(key: string): Remembered | undefined {
    const { enable, ttlMs } = this.#cacheSettings();
    const known = enable ? this.#cache.get(key) : undefined;
    return known && known.at + ttlMs > Date.now() ? known : undefined;
  }

  #remember(key: string, request: TopicRequest, allowed: boolean): void {
    const { enable, maxSize, excludes } = this.#cacheSettings();
    if (!enable || excludes.some((filter) => topicMatches(request.topic, filter))) return;
    this.#cache.delete(key);
    this.#cache.set(key, { request, allowed, at: Date.now() });
    while (this.#cache.size > maxSize) this.#cache.delete(this.#cache.keys().next().value as string);
  }
}
