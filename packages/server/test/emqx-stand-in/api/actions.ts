import { isObject, type JsonObject } from "../json.ts";
import { nodeName } from "../node-state.ts";
import type { HttpAction } from "../rules/http-action.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, badRequest, created, failure, invalid, noContent, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Handler, Route } from "./api-call.ts";
import { enableProblem } from "./enable-problem.ts";
import { maskSecrets, restoreSecrets } from "./mask-secrets.ts";
import { bool, type Check, map, oneOf, problemsOf, type Schema, summary, text } from "./schema.ts";

const parameterSchema: Schema = {
  name: "bridge_http:post_bridge_v2",
  fields: {
    body: { check: text },
    headers: { check: map },
    max_retries: {},
    method: { check: oneOf(["post", "put", "get", "delete"]) },
    path: { check: text },
  },
};

const parameters: Check = (value, path) =>
  isObject(value) ? problemsOf(value, parameterSchema, path)[0] : map(value, path);

const settings = {
  connector: { check: text, required: true },
  description: { check: text },
  enable: { check: bool },
  local_topic: { hidden: true },
  parameters: { check: parameters, required: true },
  resource_opts: { check: map },
  tags: { hidden: true },
} as const;

const post: Schema = {
  name: "bridge_http:post_bridge_v2",
  fields: { type: {}, name: { required: true }, ...settings },
};
const put: Schema = { fields: settings };

function configOf({ type: _type, name: _name, ...config }: JsonObject): JsonObject {
  return config;
}

function view(node: StandInNode, action: HttpAction): object {
  const connector = node.engine.connectors.get(String(action.config["connector"]));
  const error = action.installed ? (connector?.reason ?? "") : "Not installed";
  const status = { status: error === "" ? "connected" : "disconnected", status_reason: error };
  return {
    error,
    name: action.name,
    node_status: [{ node: nodeName, ...status }],
    rules: node.engine.rulesOf(action.name),
    ...status,
    type: "http",
    ...maskSecrets(action.full),
  };
}

function withAction(
  handler: (node: StandInNode, action: HttpAction, call: ApiCall) => ApiAnswer | Promise<ApiAnswer>,
): Handler {
  return (node, call) => {
    const id = call.params["id"] ?? "";
    const [, type, name] = /^([^:]+):(.+)$/.exec(id) ?? [];
    if (!type || !name) return notFound(`Invalid action ID, should be of pattern {type}:{name}, but got: ${id}`);
    const action = type === "http" ? node.engine.actions.get(name) : undefined;
    if (action) return handler(node, action, call);
    return notFound(`Bridge lookup failed: bridge named '${name}' of type ${type} does not exist.`);
  };
}

function create(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const given = isObject(body) ? body : {};
  const problems = problemsOf(given, post);
  if (problems.length > 0) return invalid(summary(problems));
  const name = String(given["name"]);
  if (node.engine.actions.has(name)) return failure(400, "ALREADY_EXISTS", "bridge already exists");
  if (!node.engine.connectors.has(String(given["connector"])))
    return invalid({
      reason: "connector_not_found_or_wrong_type",
      connector_name: given["connector"],
      conf_root_key: "actions",
      bridge_type: "http",
      bridge_name: name,
    });
  return created(view(node, node.engine.putAction(name, configOf(given))));
}

function probe(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const given = isObject(body) ? body : {};
  const problems = problemsOf(given, post);
  if (problems.length > 0) return invalid(summary(problems));
  const connector = node.engine.connectors.get(String(given["connector"]));
  if (!connector) return failure(400, "TEST_FAILED", `Connector <<"${given["connector"]}">> not found`);
  return connector.reason === undefined ? noContent : failure(400, "TEST_FAILED", connector.reason);
}

function replace(node: StandInNode, action: HttpAction, { body }: ApiCall): ApiAnswer {
  const given = isObject(body) ? body : {};
  const problems = problemsOf(given, put);
  if (problems.length > 0) return invalid(summary(problems));
  return ok(view(node, node.engine.putAction(action.name, restoreSecrets(given, action.config))));
}

function remove(node: StandInNode, action: HttpAction, { query }: ApiCall): ApiAnswer {
  const rules = node.engine.rulesOf(action.name);
  if (rules.length > 0 && query.get("also_delete_dep_actions") !== "true")
    return failure(400, "BAD_REQUEST", "Cannot delete action while active rules are depending on it", { rules });
  for (const id of rules) {
    const rule = node.engine.rules.get(id);
    if (!rule) continue;
    const left = (rule.config["actions"] as unknown[]).filter((one) => one !== `http:${action.name}`);
    rule.config = { ...rule.config, actions: left as never };
  }
  action.close();
  node.engine.actions.delete(action.name);
  return noContent;
}

/** `GET …/metrics` of an action or rule. */
export function metricsAnswer(metrics: object, more: object = {}): ApiAnswer {
  return ok({ ...more, metrics, node_metrics: [{ metrics, node: nodeName }] });
}

function metrics({ counts }: HttpAction): object {
  return {
    dropped: counts["dropped.expired"],
    "dropped.other": 0,
    "dropped.queue_full": 0,
    "dropped.resource_not_found": 0,
    "dropped.resource_stopped": 0,
    late_reply: 0,
    queuing: 0,
    rate: 0,
    rate_last5m: 0,
    rate_max: 0,
    received: 0,
    ...counts,
  };
}

export const actionRoutes: Route[] = [
  {
    path: "/actions",
    methods: { GET: (node) => ok([...node.engine.actions.values()].map((one) => view(node, one))), POST: create },
  },
  { path: "/actions_probe", methods: { POST: probe } },
  {
    path: "/actions/:id",
    methods: {
      GET: withAction((node, action) => ok(view(node, action))),
      PUT: withAction(replace),
      DELETE: withAction(remove),
    },
  },
  { path: "/actions/:id/metrics", methods: { GET: withAction((_node, action) => metricsAnswer(metrics(action))) } },
  {
    path: "/actions/:id/metrics/reset",
    methods: {
      PUT: withAction((_node, action) => {
        action.resetCounts();
        return noContent;
      }),
    },
  },
  {
    path: "/actions/:id/enable/:enable",
    methods: {
      PUT: withAction((node, action, { params }) => {
        const wrong = enableProblem(params["enable"]);
        if (wrong) return wrong;
        node.engine.putAction(action.name, { ...action.config, enable: params["enable"] === "true" });
        return noContent;
      }),
    },
  },
  { path: "/actions/:id/start", methods: { POST: withAction(() => noContent) } },
];

/** What an id must look like for others. */
export const actionPattern = (id: unknown) =>
  badRequest(
    `Bad Arguments: #{kind => validation_error,reason => <<"should be of pattern {type}:{name}, but got: ${id}">>}`,
  );
