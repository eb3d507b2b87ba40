import { randomBytes } from "node:crypto";
import { isObject } from "../json.ts";
import { type ApiKey, randomText, rfc3339 } from "../node-state.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, badRequest, internalError, invalid, noContent, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";

const kind = "validation_error";
const absent = notFound("Name NOT FOUND");
const namePattern = /^[A-Za-z]+[A-Za-z0-9-_]*$/;

export function isExpired(key: ApiKey): boolean {
  return key.expiresAt !== "infinity" && key.expiresAt <= Date.now() / 1000;
}

function view(key: ApiKey) {
  return {
    api_key: key.key,
    created_at: key.createdAt,
    desc: key.desc,
    enable: key.enable,
    expired: isExpired(key),
    expired_at: key.expiresAt === "infinity" ? "infinity" : rfc3339(key.expiresAt),
    name: key.name,
  };
}

/** `undefined` where it is no time. */
function expiry(value: unknown): number | "infinity" | undefined {
  if (value === undefined || value === "infinity") return "infinity";
  const seconds = typeof value === "number" ? value : Date.parse(String(value)) / 1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}

function noTime(value: unknown): ApiAnswer {
  const mismatch = (expected: string) => ({ value, reason: { expected }, path: "expired_at", kind });
  const second = "emqx_utils_calendar:epoch_second()";
  const mismatches = { infinity: mismatch("infinity"), [second]: mismatch(second) };
  return invalid({ reason: "matched_no_union_member", path: "expired_at", mismatches, kind });
}

function add(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const given = isObject(body) ? body : {};
  const name = given["name"];
  if (name === undefined) return invalid({ reason: "required_field", path: "name", kind });
  if (!namePattern.test(String(name)))
    return invalid({ value: name, reason: `Name should be ${namePattern.source}`, path: "name", kind });
  const expiresAt = expiry(given["expired_at"]);
  if (expiresAt === undefined) return noTime(given["expired_at"]);
  if (given["desc"] === undefined || given["enable"] === undefined) return internalError("error, {badmatch,#{}}");
  if (node.state.apiKeys.some((one) => one.name === name)) return badRequest("name_already_existed");
  const key: ApiKey = {
    name: String(name),
    key: randomBytes(8).toString("hex"),
    secret: randomText(32),
    enable: given["enable"] === true,
    desc: String(given["desc"]),
    createdAt: rfc3339(Math.floor(Date.now() / 1000)),
    expiresAt,
  };
  node.state.apiKeys.push(key);
  return ok({ ...view(key), api_secret: key.secret });
}

function change(node: StandInNode, { body, params }: ApiCall): ApiAnswer {
  const key = node.state.apiKeys.find((one) => one.name === params["name"]);
  if (!key || !isObject(body)) return absent;
  if (typeof body["enable"] === "boolean") key.enable = body["enable"];
  if (body["desc"] !== undefined) key.desc = String(body["desc"]);
  return ok(view(key));
}

export const apiKeyRoutes: Route[] = [
  {
    path: "/api_key",
    bearerOnly: "api_key",
    methods: { GET: (node) => ok(node.state.apiKeys.map(view)), POST: add },
  },
  {
    path: "/api_key/:name",
    bearerOnly: "api_key",
    methods: {
      GET: (node, { params }) => {
        const key = node.state.apiKeys.find((one) => one.name === params["name"]);
        return key ? ok(view(key)) : absent;
      },
      PUT: change,
      DELETE: (node, { params }) => {
        const left = node.state.apiKeys.filter((one) => one.name !== params["name"]);
        if (left.length === node.state.apiKeys.length) return absent;
        node.state.apiKeys = left;
        return noContent;
      },
    },
  },
];
