import type { SourceMember } from "../authz/source-list.ts";
import { sourceProblems, sourceTypes, sourceWithDefaults } from "../authz/source-schemas.ts";
import { isObject, type JsonObject } from "../json.ts";
import { fullSettings } from "../node-state.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, badRequest, empty, internalError, invalid, noContent, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Handler, Route } from "./api-call.ts";
import { maskSecrets, restoreSecrets } from "./mask-secrets.ts";
import { reordered } from "./reorder.ts";
import { oneOf, problemsOf, summary, text } from "./schema.ts";
import { statusAnswer } from "./status-answer.ts";
import { storeCertificates } from "./store-certificates.ts";

const kind = "validation_error";
const absent = (type: string) => notFound(`Not found: ${type}`);
const view = ({ config }: SourceMember) => maskSecrets(sourceWithDefaults(config));

/** Only types this build knows may stand in the path. */
function withType(
  handler: (node: StandInNode, type: string, call: ApiCall) => ApiAnswer | Promise<ApiAnswer>,
): Handler {
  return (node, call) => {
    const type = call.params["type"] ?? "";
    if (sourceTypes.includes(type)) return handler(node, type, call);
    const reason = call.method === "DELETE" ? "unable_to_convert_to_enum_symbol" : "not_a_enum_symbol";
    return invalid({ value: type, reason, path: "type", kind });
  };
}

async function create(node: StandInNode, { body }: ApiCall): Promise<ApiAnswer> {
  if (!isObject(body)) return invalid({ value: body, reason: "not_a_struct", path: "root", kind });
  if (body["type"] === undefined) return empty(500);
  const problems = sourceProblems(body);
  if (problems.length > 0) return invalid(summary(problems));
  if (node.sources.find(String(body["type"]))) return badRequest(`{duplicated_authz_source_type,${body["type"]}}`);
  const wrong = await node.sources.put(storeCertificates(node, body));
  return wrong === undefined ? noContent : badRequest(wrong);
}

async function replace(node: StandInNode, type: string, { body }: ApiCall): Promise<ApiAnswer> {
  if (!isObject(body)) return invalid({ value: body, reason: "not_a_struct", path: "root", kind });
  if (body["type"] === undefined) return empty(500);
  const problems = sourceProblems(body);
  if (problems.length > 0) return invalid(summary(problems));
  const old = node.sources.find(type);
  if (!old) return absent(type);
  if (body["type"] !== type) return badRequest("Type mismatch");
  const wrong = await node.sources.put(storeCertificates(node, restoreSecrets(body, old.config)));
  return wrong === undefined ? noContent : badRequest(wrong);
}

function move(node: StandInNode, type: string, { body }: ApiCall): ApiAnswer {
  const given = isObject(body) ? body : {};
  const problems = problemsOf(given, { fields: { position: { check: asString, required: true } } });
  if (problems.length > 0) return invalid(summary(problems));
  const member = node.sources.find(type);
  if (!member) return absent(type);
  const position = String(given["position"]);
  const others = node.sources.members.filter((one) => one !== member);
  const [, side, neighbour] = /^(before|after):(.+)$/.exec(position) ?? [];
  let index = position === "front" ? 0 : position === "rear" ? others.length : undefined;
  if (neighbour !== undefined) {
    if (!sourceTypes.includes(neighbour)) return internalError(`throw, {unknown_authz_source_type,<<"${neighbour}">>}`);
    const at = others.findIndex((one) => one.type === neighbour);
    if (at < 0) return badRequest(`{pre_config_update,emqx_authz,{not_found_source,${neighbour}}}`);
    index = side === "before" ? at : at + 1;
  }
  if (index === undefined) return badRequest('<<"Invalid parameter. Unknow position">>');
  node.sources.members = [...others.slice(0, index), member, ...others.slice(index)];
  node.sources.onChange();
  return noContent;
}

const asString = (value: unknown, path: string) =>
  text(value, path) && { path, reason: { expected: "string()" }, value: value as never };

function reorder(node: StandInNode, { body }: ApiCall): ApiAnswer {
  for (const [index, item] of (Array.isArray(body) ? body : []).entries()) {
    const wrong = isObject(item) ? oneOf(sourceTypes)(item["type"], `root.${index + 1}.type`) : undefined;
    if (wrong) return invalid({ ...wrong, kind });
  }
  const known = node.sources.members.map((member) => member.type);
  const order = reordered(body, "type", known, "Authorization sources", "authorization sources");
  if (!Array.isArray(order)) return order;
  node.sources.members = order.map((type) => node.sources.find(type) as SourceMember);
  node.sources.onChange();
  return noContent;
}

function changeSettings(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const given: JsonObject = isObject(body) ? body : {};
  if (given["cache"] === undefined) return invalid({ reason: "required_field", path: "cache", kind });
  for (const [key, values] of [
    ["no_match", ["allow", "deny"]],
    ["deny_action", ["ignore", "disconnect"]],
  ] as const) {
    const wrong = given[key] === undefined ? undefined : oneOf(values)(given[key], key);
    if (wrong) return invalid({ ...wrong, kind });
  }
  if (given["no_match"] === undefined || given["deny_action"] === undefined)
    return internalError("error, function_clause");
  node.state.settings = fullSettings(given);
  node.sources.onChange();
  return ok(node.state.settings);
}

export const sourceRoutes: Route[] = [
  { path: "/authorization/settings", methods: { GET: (node) => ok(node.state.settings), PUT: changeSettings } },
  {
    path: "/authorization/cache",
    methods: {
      DELETE: (node) => {
        node.clearAuthorizationCaches();
        return noContent;
      },
    },
  },
  {
    path: "/authorization/sources",
    methods: { GET: (node) => ok({ sources: node.sources.members.map(view) }), POST: create },
  },
  { path: "/authorization/sources/order", methods: { PUT: reorder } },
  {
    path: "/authorization/sources/:type",
    methods: {
      GET: withType((node, type) => {
        const member = node.sources.find(type);
        return member ? ok(view(member)) : absent(type);
      }),
      PUT: withType(replace),
      DELETE: withType((node, type) => {
        if (!node.sources.find(type)) return absent(type);
        node.sources.remove(type);
        return noContent;
      }),
    },
  },
  {
    path: "/authorization/sources/:type/status",
    methods: {
      GET: withType((node, type) => {
        const member = node.sources.find(type);
        if (!member) return absent(type);
        const counts =
          member.live?.resourceCounts?.() ?? (type === "http" ? { matched: 0, success: 0, failed: 0 } : undefined);
        return ok(statusAnswer(member.metrics, counts, member.live?.status() ?? "stopped"));
      }),
    },
  },
  { path: "/authorization/sources/:type/move", methods: { POST: withType(move) } },
];
