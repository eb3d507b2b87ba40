import { isObject, type JsonObject } from "../json.ts";
import { nodeName } from "../node-state.ts";
import { Connector } from "../rules/connector.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, badRequest, created, failure, invalid, noContent, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Handler, Route } from "./api-call.ts";
import { enableProblem } from "./enable-problem.ts";
import { actionDescription } from "./erlang-action.ts";
import { maskSecrets, restoreSecrets } from "./mask-secrets.ts";
import { bool, duration, map, type Problem, positive, problemsOf, type Schema, summary, text } from "./schema.ts";
import { storeCertificates } from "./store-certificates.ts";

const kind = "validation_error";

const settings = {
  connect_timeout: { check: duration },
  description: { check: text },
  enable: { check: bool },
  enable_pipelining: { check: positive },
  headers: { check: map },
  pool_size: { check: positive },
  pool_type: { check: text },
  request: { hidden: true },
  resource_opts: { check: map },
  retry_interval: { hidden: true },
  ssl: { check: map },
  tags: { hidden: true },
  url: { check: text, required: true },
} as const;

const post: Schema = {
  name: "bridge_http:post_connector",
  fields: { type: { required: true }, name: { required: true }, ...settings },
};
const put: Schema = { name: "bridge_http:put_connector", fields: settings };

/** The union EMQX names when it cannot tell which kind of connector was meant. */
function noMember(mismatches: Record<string, Problem | Problem[]>): ApiAnswer {
  return invalid({ reason: "matched_no_union_member", path: "root", mismatches, kind });
}

const missing = (field: string): Problem => ({ reason: "required_field", path: `root.${field}`, kind });

function postProblem(body: unknown): ApiAnswer | undefined {
  const given = isObject(body) ? body : {};
  if (given["type"] === undefined) {
    const all = (last: string) => [missing("type"), missing("name"), missing(last)];
    return noMember({ "connector_mqtt:post_connector": all("server"), "bridge_http:post_connector": all("url") });
  }
  if (given["type"] !== "http") {
    const reason = "unknown connector type";
    return invalid({ value: given["type"], reason, path: "root", kind, field_name: "type" });
  }
  const problems = problemsOf(given, post);
  return problems.length > 0 ? invalid(summary(problems)) : undefined;
}

function putProblem(body: unknown): ApiAnswer | undefined {
  const given = isObject(body) ? body : {};
  const problems = problemsOf(given, put);
  if (problems.length === 1 && problems[0]?.["reason"] === "required_field")
    return noMember({ "connector_mqtt:put_connector": missing("server"), "bridge_http:put_connector": missing("url") });
  return problems.length > 0 ? invalid(summary(problems)) : undefined;
}

function configProblem(name: string, url: unknown): ApiAnswer | undefined {
  if (!/^[0-9a-zA-Z][-0-9a-zA-Z_]*$/.test(name)) {
    const rule = "The name must begin with a letter or number (0-9, a-z, A-Z) and can only include underscores and";
    return invalid({ reason: `Invalid name format. ${rule} hyphens as non-initial characters. Got: ${name}`, kind });
  }
  return /^https?:\/\//.test(String(url)) ? undefined : invalid({ reason: `Missing scheme in URL: ${url}`, kind });
}

/** What was posted without the keys that only name it. */
function configOf({ type: _type, name: _name, ...config }: JsonObject): JsonObject {
  return config;
}

function view(node: StandInNode, connector: Connector): object {
  const status = { status: connector.status, ...(connector.reason ? { status_reason: connector.reason } : {}) };
  return {
    actions: node.engine.actionsOf(connector.name),
    name: connector.name,
    node_status: [{ node: nodeName, ...status }],
    sources: [],
    ...status,
    type: "http",
    ...maskSecrets(connector.full),
  };
}

/** Finds what `type:name` means, or answers. */
export function withConnector(
  handler: (node: StandInNode, connector: Connector, call: ApiCall) => ApiAnswer | Promise<ApiAnswer>,
): Handler {
  return (node, call) => {
    const id = call.params["id"] ?? "";
    const [, type, name] = /^([^:]+):(.+)$/.exec(id) ?? [];
    if (!type || !name) return notFound(`Invalid connector ID, should be of pattern {type}:{name}, but got: ${id}`);
    const connector = type === "http" ? node.engine.connectors.get(name) : undefined;
    if (connector) return handler(node, connector, call);
    return notFound(`Connector lookup failed: connector named '${name}' of type ${type} does not exist.`);
  };
}

async function create(node: StandInNode, { body }: ApiCall): Promise<ApiAnswer> {
  const given = body as JsonObject;
  const problem = postProblem(body) ?? configProblem(String(given["name"]), given["url"]);
  if (problem) return problem;
  const name = String(given["name"]);
  if (node.engine.connectors.has(name)) return failure(400, "ALREADY_EXISTS", "connector already exists");
  const connector = await node.engine.putConnector(name, storeCertificates(node, configOf(given)));
  return created(view(node, connector));
}

async function probe(node: StandInNode, { body }: ApiCall): Promise<ApiAnswer> {
  const problem = postProblem(body);
  if (problem) return problem;
  const given = body as JsonObject;
  const wrong = configProblem(String(given["name"]), given["url"])?.body as { message: string } | undefined;
  if (wrong) return failure(400, "TEST_FAILED", wrong.message);
  const old = node.engine.connectors.get(String(given["name"]))?.config ?? {};
  const config = storeCertificates(node, restoreSecrets(configOf(given), old));
  const connector = new Connector("probe", config, node.state.surroundings);
  await connector.start();
  const { reason } = connector;
  connector.close();
  return reason === undefined ? noContent : failure(400, "TEST_FAILED", reason);
}

async function replace(node: StandInNode, connector: Connector, { body }: ApiCall): Promise<ApiAnswer> {
  const problem = putProblem(body) ?? configProblem(connector.name, (body as JsonObject)["url"]);
  if (problem) return problem;
  const config = storeCertificates(node, restoreSecrets(body as JsonObject, connector.config));
  return ok(view(node, await node.engine.putConnector(connector.name, config)));
}

function remove(node: StandInNode, connector: Connector): ApiAnswer {
  const actions = node.engine.actionsOf(connector.name);
  if (actions.length > 0) return badRequest(actionDescription(node, connector.name, actions));
  connector.close();
  node.engine.connectors.delete(connector.name);
  return noContent;
}

async function enable(node: StandInNode, connector: Connector, { params }: ApiCall): Promise<ApiAnswer> {
  const wrong = enableProblem(params["enable"]);
  if (wrong) return wrong;
  await node.engine.putConnector(connector.name, { ...connector.config, enable: params["enable"] === "true" });
  return noContent;
}

export const connectorRoutes: Route[] = [
  {
    path: "/connectors",
    methods: { GET: (node) => ok([...node.engine.connectors.values()].map((one) => view(node, one))), POST: create },
  },
  { path: "/connectors_probe", methods: { POST: probe } },
  {
    path: "/connectors/:id",
    methods: {
      GET: withConnector((node, connector) => ok(view(node, connector))),
      PUT: withConnector(replace),
      DELETE: withConnector(remove),
    },
  },
  { path: "/connectors/:id/enable/:enable", methods: { PUT: withConnector(enable) } },
  {
    path: "/connectors/:id/:operation",
    methods: {
      POST: withConnector(async (_node, connector, { params }) => {
        const value = params["operation"];
        if (value !== "start") return invalid({ value, reason: "not_a_enum_symbol", path: "operation", kind });
        await connector.healthCheck();
        return noContent;
      }),
    },
  },
];
