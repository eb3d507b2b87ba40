import type { ClientInfo } from "../client-info.ts";
import type { JsonObject } from "../json.ts";
import { type AclRule, readAclRule } from "./client-acl.ts";
import { firstMatch } from "./match-rule.ts";
import type { Source, TopicRequest, Verdict } from "./source.ts";

/** The built-in database's rules, as GET shows them. */
export interface DatabaseRules {
  users: Map<string, JsonObject[]>;
  clients: Map<string, JsonObject[]>;
  all: JsonObject[];
}

/** The `built_in_database` source: the client id's rules, then the user name's, then those for all. */
export class DatabaseSource implements Source {
  readonly #rules: DatabaseRules;

  constructor(rules: DatabaseRules) {
    this.#rules = rules;
  }

  authorize(client: ClientInfo, request: TopicRequest): Verdict {
    const { users, clients, all } = this.#rules;
    const own = [...(clients.get(client.clientId) ?? []), ...(users.get(client.username ?? "") ?? []), ...all];
    const rules = own.map(readAclRule).filter((rule): rule is AclRule => rule !== undefined);
    return firstMatch(rules, client, request)?.permission ?? "nomatch";
  }

  status() {
    return "connected" as const;
  }

  async healthCheck(): Promise<void> {}

  close(): void {}
}
