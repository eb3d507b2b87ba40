import type { ClientInfo } from "../client-info.ts";
import type { JsonObject } from "../json.ts";
import { type Authenticator, type AuthnResult, ignore, notAuthorized } from "./authenticator.ts";
import { authenticatorId, withDefaults } from "./authenticator-defaults.ts";
import type { DatabaseUser } from "./database-authenticator.ts";
import { makeAuthenticator, type Surroundings } from "./make-authenticator.ts";

export interface ChainMember {
  id: string;
  /** As it was written, secrets in clear. */
  config: JsonObject;
  /** `undefined` while it is disabled. */
  live: Authenticator | undefined;
  users: Map<string, DatabaseUser>;
  metrics: { total: number; success: number; failed: number; nomatch: number };
}

/** The authenticators in their order. */
export class AuthenticatorChain {
  members: ChainMember[] = [];
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  find(id: string): ChainMember | undefined {
    return this.members.find((member) => member.id === id);
  }

  /** Appends one, or puts it in the place of the one with its id; a text says what is wrong. */
  async put(config: JsonObject, kept?: Map<string, Map<string, DatabaseUser>>): Promise<string | undefined> {
    const id = authenticatorId(config);
    const old = this.find(id);
    const users = old?.users ?? kept?.get(id) ?? new Map<string, DatabaseUser>();
    const enabled = isEnabled(config);
    const full = withDefaults(config);
    // A disabled one opens no connections; the keys of a JWT one are looked at all the same.
    const made =
      enabled || config["mechanism"] === "jwt" ? await makeAuthenticator(full, users, this.#surroundings) : undefined;
    if (typeof made === "string") return made;
    const live = enabled ? made : undefined;
    if (!live) made?.close();
    if (old) {
      old.live?.close();
      Object.assign(old, { config, live });
    } else {
      this.members.push({ id, config, live, users, metrics: { total: 0, success: 0, failed: 0, nomatch: 0 } });
    }
    return undefined;
  }

  remove(id: string): void {
    this.find(id)?.live?.close();
    this.members = this.members.filter((member) => member.id !== id);
  }

  /** Asks one after the other until one decides; without an enabled one everybody is let in. */
  async authenticate(client: ClientInfo): Promise<{ result: AuthnResult; anonymous: boolean }> {
    const enabled = this.members.filter((member) => member.live);
    if (enabled.length === 0) return { result: anybody, anonymous: true };
    for (const member of enabled) {
      member.metrics.total += 1;
      const result = await ask(member, client);
      const counted = { allow: "success", deny: "failed", ignore: "nomatch" } as const;
      member.metrics[counted[result.result]] += 1;
      if (result.result !== "ignore") return { result, anonymous: false };
    }
    return { result: notAuthorized, anonymous: false };
  }

  async healthCheck(): Promise<void> {
    await Promise.all(this.members.map((member) => member.live?.healthCheck()));
  }

  close(): void {
    for (const member of this.members) member.live?.close();
  }
}

/** An authenticator that crashes is passed over. */
async function ask(member: ChainMember, client: ClientInfo): Promise<AuthnResult> {
  try {
    return (await member.live?.authenticate(client)) ?? ignore;
  } catch {
    return ignore;
  }
}

const anybody: AuthnResult = {
  result: "allow",
  superuser: false,
  clientAttrs: {},
  expiresAtSeconds: undefined,
  acl: undefined,
};

function isEnabled(config: JsonObject): boolean {
  return String(config["enable"] ?? true) === "true";
}
