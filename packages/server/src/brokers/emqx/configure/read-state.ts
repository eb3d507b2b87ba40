import type { Json, JsonObject, ManagementClient } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import { type EmqxVersion, readVersion } from "../management/read-version.ts";
import type { EmqxState } from "./emqx-state.ts";
import { isObject } from "./leaves.ts";

/** A running EMQX: how it is configured, which one it is, and whom a change would meet. */
export interface LiveEmqx {
  state: EmqxState;
  version: EmqxVersion;
  /** Clients that are connected now, on all nodes. */
  connections: number;
}

const rulesPerPage = 1000;
/** No EMQX has so many; an API that never says "no more" must not be asked for ever. */
const mostPages = 20;

/** Reads what Connack looks at or touches: nine calls, and one more for each thousand rules. Throws `ManagementError`. */
export async function readState(client: Pick<ManagementClient, "get" | "find" | "url">): Promise<LiveEmqx> {
  // Whether it is EMQX, and whether it lets us in, is told once.
  const nodes = await client.get("/nodes");
  const version = await readVersion({ url: client.url, get: async () => nodes });
  const [authenticators, settings, sources, databaseRules, autoSubscribe, connectors, actions, rules] =
    await Promise.all([
      listOf(client, "/authentication"),
      client.get("/authorization/settings").then((answer) => objectIn(answer, "/authorization/settings")),
      client.get("/authorization/sources").then((answer) => membersOf(answer, "sources", "/authorization/sources")),
      client.find(allRules).then((answer) => (answer === undefined ? undefined : membersOf(answer, "rules", allRules))),
      listOf(client, "/mqtt/auto_subscribe"),
      listOf(client, "/connectors"),
      listOf(client, "/actions"),
      readRules(client),
    ]);
  return {
    state: { authenticators, settings, sources, databaseRules, autoSubscribe, connectors, actions, rules },
    version,
    connections: connectionsOf(nodes),
  };
}

const allRules = "/authorization/sources/built_in_database/rules/all";

async function readRules(client: Pick<ManagementClient, "get">): Promise<JsonObject[]> {
  const rules: JsonObject[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const path = `/rules?page=${page}&limit=${rulesPerPage}`;
    const answer = await client.get(path);
    const found = membersOf(answer, "data", path);
    rules.push(...found);
    const meta = isObject(answer) ? answer["meta"] : undefined;
    // A full last page is also told to have a next one.
    if (found.length < rulesPerPage || !isObject(meta) || meta["hasnext"] !== true) break;
  }
  return rules;
}

async function listOf(client: Pick<ManagementClient, "get">, path: string): Promise<JsonObject[]> {
  const answer = await client.get(path);
  if (!Array.isArray(answer)) throw unexpected(path, "a list");
  return answer.map((each) => objectIn(each, path));
}

function membersOf(answer: Json, key: string, path: string): JsonObject[] {
  const members = isObject(answer) ? answer[key] : undefined;
  if (!Array.isArray(members)) throw unexpected(path, `a list under ${key}`);
  return members.map((each) => objectIn(each, path));
}

function objectIn(answer: Json, path: string): JsonObject {
  if (!isObject(answer)) throw unexpected(path, "an object");
  return answer;
}

function unexpected(path: string, what: string): ManagementError {
  return new ManagementError(`GET ${path}: the answer is not what EMQX 5 says there: ${what} was expected.`, {
    problem: "unreadable_answer",
    endpoint: `GET ${path}`,
    next: "check brokers.emqx.url: is that EMQX itself, or a proxy before it?",
  });
}

function connectionsOf(nodes: Json): number {
  if (!Array.isArray(nodes)) return 0;
  const counts = nodes.map((node) => (isObject(node) ? node["live_connections"] : 0));
  return counts.reduce<number>((sum, count) => sum + (typeof count === "number" ? count : 0), 0);
}
