import { nodeName } from "../node-state.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, failure, invalid } from "./api-answer.ts";
import type { ApiCall } from "./api-call.ts";
import { clientView, listClients } from "./client-view.ts";
import { paged } from "./paging.ts";

const kind = "validation_error";
const unable = "unable_to_convert_to_enum_symbol";

type View = Record<string, unknown>;
type Test = (view: View) => boolean;

/** Filters that compare a member with one of the values given. */
const exact = ["clientid", "username", "ip_address", "proto_ver", "clean_start"];

function moment(text: string): number | undefined {
  const ms = /^\d+$/.test(text) ? Number(text) * (text.length > 10 ? 1 : 1000) : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function timeTest(query: URLSearchParams, name: string): Test | ApiAnswer | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const limit = moment(value);
  if (limit === undefined)
    return invalid({ value, reason: { expected: "emqx_utils_calendar:epoch_millisecond()" }, path: name, kind });
  const column = name.slice(4);
  const sign = name.startsWith("gte") ? 1 : -1;
  return (view) => sign * (Date.parse(String(view[column])) - limit) >= 0;
}

function testsOf(query: URLSearchParams): Test[] | ApiAnswer {
  const tests: Test[] = [];
  for (const name of exact) {
    const values = query.getAll(name);
    if (values.length > 0) tests.push((view) => values.includes(String(view[name])));
  }
  for (const name of ["clientid", "username"]) {
    const like = query.get(`like_${name}`);
    if (like !== null) tests.push((view) => String(view[name]).includes(like));
  }
  const state = query.get("conn_state");
  if (state !== null && !["connected", "disconnected", "idle"].includes(state))
    return invalid({ value: state, reason: unable, path: "conn_state", kind });
  if (state !== null) tests.push((view) => state !== "idle" && view["connected"] === (state === "connected"));
  for (const name of ["gte_connected_at", "lte_connected_at", "gte_created_at", "lte_created_at"]) {
    const test = timeTest(query, name);
    if (test && "status" in test) return test;
    if (test) tests.push(test);
  }
  return tests;
}

/** `fields=clientid,username`: what is shown of each. */
function shown(query: URLSearchParams, known: string[]): ((view: View) => View) | ApiAnswer {
  const fields = query.get("fields");
  if (fields === null || fields === "all") return (view) => view;
  const wanted = fields.split(",");
  const strange = wanted.findIndex((name) => !known.includes(name));
  if (strange < 0) return (view) => Object.fromEntries(wanted.map((name) => [name, view[name]]));
  const array = { value: wanted[strange], reason: unable, path: `fields.${strange + 1}`, kind };
  const all = { value: wanted, reason: { expected: "all" }, path: "fields", kind };
  return invalid({ reason: "matched_no_union_member", path: "fields", mismatches: { array, all }, kind });
}

/** `GET /clients` */
export function listMatching(node: StandInNode, { query }: ApiCall): ApiAnswer {
  const wantedNode = query.get("node");
  if (wantedNode !== null && wantedNode !== nodeName)
    return failure(500, "NODE_DOWN", `bad rpc call <<"${wantedNode}">>, Reason <<"invalid node">>`);
  const tests = testsOf(query);
  if (!Array.isArray(tests)) return tests;
  const views = listClients(node.broker).map(clientView);
  const show = shown(query, Object.keys(views[0] ?? { clientid: 0, username: 0 }));
  if (typeof show !== "function") return show;
  const found = views.filter((view) => tests.every((test) => test(view))).map(show);
  const fuzzy = query.has("like_clientid") || query.has("like_username");
  return paged(found, query, { count: !fuzzy });
}
