import type { ChainMember } from "../authn/authenticator-chain.ts";
import { authenticatorId, withDefaults } from "../authn/authenticator-defaults.ts";
import { authenticatorProblems, urlProblem } from "../authn/authenticator-schemas.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, badRequest, failure, internalError, invalid, noContent, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";
import { maskSecrets, restoreSecrets } from "./mask-secrets.ts";
import { reordered } from "./reorder.ts";
import { summary } from "./schema.ts";
import { statusAnswer } from "./status-answer.ts";
import { storeCertificates } from "./store-certificates.ts";

const absent = (id: string) => notFound(`Authenticator '${id}' does not exist`);

/** A `"headers": null` that was taken once breaks every later look at the chain (recorded). */
const broken = internalError("error, {badmap,null}");
const isBroken = (node: StandInNode) => node.chain.members.some(({ config }) => config["headers"] === null);

function view({ id, config }: ChainMember): JsonObject {
  return { id, ...maskSecrets(withDefaults(config)) };
}

function withoutNulls(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

/** What is wrong with a body, before anything is looked up. */
function refused(body: unknown): ApiAnswer | undefined {
  if (!isObject(body)) return invalid({ value: body, reason: "not_a_struct", path: "root", kind: "validation_error" });
  const problems = authenticatorProblems(body);
  return problems.length > 0 ? invalid(summary(problems)) : undefined;
}

async function create(node: StandInNode, { body }: ApiCall): Promise<ApiAnswer> {
  const problem = refused(body);
  if (problem) return problem;
  const config = storeCertificates(node, withoutNulls(body as JsonObject));
  const id = authenticatorId(config);
  if (node.chain.find(id)) return failure(409, "ALREADY_EXISTS", `Authenticator '${id}' already exist`);
  const wrong = await put(node, config);
  return wrong ?? ok({ id, ...withDefaults(config) });
}

async function put(node: StandInNode, config: JsonObject): Promise<ApiAnswer | undefined> {
  const wrongUrl = config["backend"] === "http" ? urlProblem(config["url"], config["ssl"]) : undefined;
  if (wrongUrl) return badRequest(wrongUrl);
  const wrong = await node.chain.put(config);
  return wrong === undefined ? undefined : badRequest(wrong);
}

async function replace(node: StandInNode, { body, params }: ApiCall): Promise<ApiAnswer> {
  const problem = refused(body);
  if (problem) return problem;
  if (isBroken(node)) return broken;
  const id = params["id"] ?? "";
  const old = node.chain.find(id);
  if (!old) return absent(id);
  const given = body as JsonObject;
  if (authenticatorId(given) !== id) return badRequest("Change of authentication type is not allowed");
  const headers = "headers" in given && given["headers"] === null ? { headers: null } : {};
  const config = storeCertificates(node, { ...restoreSecrets(withoutNulls(given), old.config), ...headers });
  return (await put(node, config)) ?? noContent;
}

function reorder(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const known = node.chain.members.map((member) => member.id);
  const order = reordered(body, "id", known, "Authenticators", "authenticators");
  if (!Array.isArray(order)) return order;
  node.chain.members = order.map((id) => node.chain.find(id) as ChainMember);
  return noContent;
}

function move(node: StandInNode, { params }: ApiCall): ApiAnswer {
  const { id = "", position = "" } = params;
  const member = node.chain.find(id);
  if (!member) return absent(id);
  const others = node.chain.members.filter((one) => one !== member);
  const [, side, neighbour] = /^(before|after):(.+)$/.exec(position) ?? [];
  let index = position === "front" ? 0 : position === "rear" ? others.length : undefined;
  if (neighbour !== undefined) {
    const at = others.findIndex((one) => one.id === neighbour);
    if (at < 0) return absent(neighbour);
    index = side === "before" ? at : at + 1;
  }
  if (index === undefined) return badRequest("Invalid value for 'position'");
  node.chain.members = [...others.slice(0, index), member, ...others.slice(index)];
  return noContent;
}

export const authenticationRoutes: Route[] = [
  {
    path: "/authentication",
    methods: { GET: (node) => (isBroken(node) ? broken : ok(node.chain.members.map(view))), POST: create },
  },
  { path: "/authentication/order", methods: { PUT: reorder } },
  {
    path: "/authentication/:id",
    methods: {
      GET: (node, { params }) => {
        const member = node.chain.find(params["id"] ?? "");
        return isBroken(node) ? broken : member ? ok(view(member)) : absent(params["id"] ?? "");
      },
      PUT: replace,
      DELETE: (node, { params }) => {
        node.chain.remove(params["id"] ?? "");
        return noContent;
      },
    },
  },
  {
    path: "/authentication/:id/status",
    methods: {
      GET: (node, { params }) => {
        const member = node.chain.find(params["id"] ?? "");
        if (!member) return absent(params["id"] ?? "");
        const http = member.config["backend"] === "http";
        const counts = member.live?.resourceCounts?.() ?? (http ? { matched: 0, success: 0, failed: 0 } : undefined);
        return ok(statusAnswer(member.metrics, counts, member.live?.status() ?? "stopped"));
      },
    },
  },
  { path: "/authentication/:id/position/:position", methods: { PUT: move } },
];
