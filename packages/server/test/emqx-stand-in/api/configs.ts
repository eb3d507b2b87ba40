import { globalZoneDefaults } from "../config-defaults.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, invalid, ok } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";

const roots = ["mqtt", "flapping_detect", "force_shutdown", "force_gc", "durable_sessions"];
/** In the order EMQX misses them. */
const requiredOrder = ["mqtt", "flapping_detect", "force_shutdown", "force_gc", "durable_sessions"];

/** All five roots must be there; keys left out of one go back to their defaults. */
function replaceZone(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const given: JsonObject = isObject(body) ? body : {};
  const missing = requiredOrder.find((root) => given[root] === undefined);
  if (missing) return invalid({ reason: "required_field", path: missing, kind: "validation_error" });
  const filled = roots.map((root) => {
    const own = given[root];
    return [root, { ...(globalZoneDefaults[root] as JsonObject), ...(isObject(own) ? own : {}) }];
  });
  node.state.globalZone = Object.fromEntries(filled);
  return ok(node.state.globalZone);
}

/** A partial body. */
function changeDashboard(node: StandInNode, { body }: ApiCall): ApiAnswer {
  node.state.dashboard = { ...node.state.dashboard, ...(isObject(body) ? body : {}) };
  return ok(node.state.dashboard);
}

export const configRoutes: Route[] = [
  { path: "/configs/global_zone", methods: { GET: (node) => ok(node.state.globalZone), PUT: replaceZone } },
  { path: "/configs/dashboard", methods: { GET: (node) => ok(node.state.dashboard), PUT: changeDashboard } },
];
