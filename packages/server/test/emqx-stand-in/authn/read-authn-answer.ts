import { readAclRules } from "../authz/client-acl.ts";
import type { HttpAnswer } from "../http/http-answer-parser.ts";
import { isObject } from "../json.ts";
import {
  type Allow,
  type AuthnResult,
  badCredentials,
  clientAttributes,
  ignore,
  notAuthorized,
  superuser,
} from "./authenticator.ts";

const plainAllow: Allow = {
  result: "allow",
  superuser: false,
  clientAttrs: {},
  expiresAtSeconds: undefined,
  acl: undefined,
};

/** How EMQX understands an HTTP authenticator's answer: everything that is not clear means ignore. */
export function readAuthnAnswer(answer: HttpAnswer, nowSeconds: number): AuthnResult {
  if (answer.status === 204) return plainAllow;
  if (answer.status !== 200) return ignore;
  const body = readAnswerBody(answer.headers.get("content-type"), answer.body);
  if (!isObject(body)) return ignore;
  if (body["result"] === "deny") return notAuthorized;
  if (body["result"] !== "allow") return ignore;
  return readAllow(body, nowSeconds);
}

/** A JSON or form body by its content type (as a lower-case prefix); `undefined` for all others. */
export function readAnswerBody(contentType: string | undefined, body: Buffer): unknown {
  if (contentType?.startsWith("application/json")) {
    try {
      return JSON.parse(utf8(body));
    } catch {
      return undefined;
    }
  }
  if (contentType?.startsWith("application/x-www-form-urlencoded"))
    return Object.fromEntries(new URLSearchParams(body.toString("utf8")));
  return undefined;
}

/** A byte order mark is no JSON. */
function utf8(body: Buffer): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
}

function readAllow(body: Record<string, unknown>, nowSeconds: number): AuthnResult {
  const expiry = body["expire_at"];
  const hasExpiry = "expire_at" in body;
  if (hasExpiry && !isExpiry(expiry, nowSeconds)) return badCredentials;
  const expiresAtSeconds = hasExpiry ? (expiry as number) : undefined;
  let clientAttrs: Record<string, string>;
  try {
    clientAttrs = clientAttributes(body["client_attrs"]);
  } catch {
    return ignore;
  }
  const allow: Allow = { ...plainAllow, superuser: superuser(body["is_superuser"]), clientAttrs, expiresAtSeconds };
  if (!("acl" in body)) return allow;
  if (!Array.isArray(body["acl"])) return ignore;
  const rules = readAclRules(body["acl"]);
  if (!rules) return badCredentials;
  return { ...allow, acl: { rules, otherwise: "continue", expiresAtSeconds, origin: "http" } };
}

/** Unix seconds in the future; milliseconds are too far away to be meant. */
function isExpiry(value: unknown, nowSeconds: number): boolean {
  return Number.isInteger(value) && (value as number) >= nowSeconds && (value as number) < (nowSeconds * 1000) / 2;
}
