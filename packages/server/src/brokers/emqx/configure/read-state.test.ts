import { expect, it } from "vitest";
import type { Json } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import { readState } from "./read-state.ts";

const node = { node: "emqx@127.0.0.1", version: "5.8.0", edition: "Opensource", node_status: "running", uptime: 1 };

const fresh: Record<string, Json> = {
  "/nodes": [
    { ...node, live_connections: 2 },
    { ...node, live_connections: 3 },
  ],
  "/authentication": [],
  "/authorization/settings": {},
  "/authorization/sources": { sources: [] },
  "/mqtt/auto_subscribe": [],
  "/connectors": [],
  "/actions": [],
};

/** An EMQX with so many rules; some answers are others. */
function client(rules: number, other: Record<string, Json> = {}) {
  const asked: string[] = [];
  const get = async (path: string): Promise<Json> => {
    asked.push(path);
    const answer = { ...fresh, ...other }[path];
    if (answer !== undefined) return answer;
    const query = new URL(path, "http://emqx").searchParams;
    const [page, limit] = [Number(query.get("page")), Number(query.get("limit"))];
    const all = Array.from({ length: rules }, (_, index) => ({ id: `r${index}` }));
    const data = all.slice((page - 1) * limit, page * limit);
    return { data, meta: { page, limit, hasnext: data.length === limit } };
  };
  return { asked, parts: { url: "http://emqx", get, find: async () => undefined } };
}

it.each([
  [0, 8],
  [999, 8],
  [1000, 9],
  [2500, 10],
])("reads %i rules with %i calls", async (rules, calls) => {
  const { asked, parts } = client(rules);
  const { state, connections } = await readState(parts);
  expect([state.rules.length, new Set(state.rules.map(({ id }) => id)).size, asked.length]).toEqual([
    rules,
    rules,
    calls,
  ]);
  expect([connections, state.databaseRules]).toEqual([5, undefined]);
});

it.each(["/authentication", "/authorization/sources", "/mqtt/auto_subscribe", "/connectors"])(
  "takes nothing else for the answer of %s",
  async (path) => {
    const error = await readState(client(0, { [path]: { data: "other" } }).parts).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ManagementError);
    expect((error as ManagementError).message).toContain(`GET ${path}: the answer is not what EMQX 5 says there`);
  },
);
