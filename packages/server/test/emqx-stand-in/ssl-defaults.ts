import type { JsonObject } from "./json.ts";

/** The client-side TLS options that EMQX fills in. */
export const sslDefaults: JsonObject = {
  ciphers: [],
  depth: 10,
  enable: false,
  hibernate_after: "5s",
  log_level: "notice",
  reuse_sessions: true,
  secure_renegotiate: true,
  verify: "verify_none",
  versions: ["tlsv1.3", "tlsv1.2"],
};

/** The headers a `post` request has when none are given; `get` has no content-type. */
export function defaultHeaders(method: string, keepAlive: string): JsonObject {
  const headers: JsonObject = {
    accept: "application/json",
    "cache-control": "no-cache",
    connection: "keep-alive",
    "keep-alive": keepAlive,
  };
  if (method !== "get") headers["content-type"] = "application/json";
  return headers;
}
