import { timingSafeEqual } from "node:crypto";
import { durationMs } from "../duration.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, empty, failure } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";
import { isExpired } from "./api-keys.ts";

const basicRealm = { "www-authenticate": 'Basic Realm="emqx-dashboard"' };

function refuse(code: string, message: string): ApiAnswer {
  return { ...failure(401, code, message), headers: basicRealm };
}

/** Who calls, or the answer that turns them away. */
export function admitCaller(
  node: StandInNode,
  route: Route,
  authorization: string | undefined,
): NonNullable<ApiCall["caller"]> | ApiAnswer {
  if (authorization === undefined) return refuse("AUTHORIZATION_HEADER_ERROR", "Support authorization: basic/bearer ");
  const [, scheme, value] = /^(bearer|basic) (.+)$/i.exec(authorization) ?? [];
  if (!scheme || !value) return empty(400);
  return scheme.toLowerCase() === "bearer" ? admitBearer(node, value) : admitKey(node, route, value);
}

function admitBearer(node: StandInNode, token: string): NonNullable<ApiCall["caller"]> | ApiAnswer {
  const known = node.state.tokens.get(token);
  if (!known) return failure(401, "BAD_TOKEN", "Get a token by POST /login");
  const lifetime = durationMs(node.state.dashboard["token_expired_time"]) ?? 3_600_000;
  if (known.usedAt + lifetime < Date.now())
    return failure(401, "TOKEN_TIME_OUT", "Token expired, get new token by POST /login");
  known.usedAt = Date.now();
  return { kind: "bearer", username: known.username, token };
}

function admitKey(node: StandInNode, route: Route, value: string): NonNullable<ApiCall["caller"]> | ApiAnswer {
  const decoded = /^[A-Za-z0-9+/]+=*$/.test(value) ? Buffer.from(value, "base64").toString("utf8") : "";
  const [, name, secret] = /^([^:]*):(.*)$/s.exec(decoded) ?? [];
  if (name === undefined || secret === undefined) return empty(400);
  const key = node.state.apiKeys.find((one) => one.key === name);
  if (!key?.enable || isExpired(key) || !same(key.secret, secret))
    return refuse("BAD_API_KEY_OR_SECRET", "Check api_key/api_secret");
  if (route.bearerOnly !== undefined) {
    const advice = "Please use bearer Token instead, using API key/secret in";
    return refuse("API_KEY_NOT_ALLOW", `${advice} ${route.bearerOnly} path is not permitted`);
  }
  return { kind: "key" };
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
