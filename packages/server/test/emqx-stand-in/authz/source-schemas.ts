import { bool, duration, map, type Problem, positive, problemsOf, type Schema, text, textMap } from "../api/schema.ts";
import type { JsonObject } from "../json.ts";
import { defaultHeaders, sslDefaults } from "../ssl-defaults.ts";

const common = { enable: { check: bool }, type: {} };

const http = {
  ...common,
  body: { check: textMap },
  connect_timeout: { check: duration },
  enable_pipelining: { check: positive },
  headers: { check: map },
  max_retries: { hidden: true },
  method: {},
  pool_size: { check: positive },
  request: { hidden: true },
  request_timeout: { check: duration },
  retry_interval: { hidden: true },
  ssl: { check: map },
  url: { check: text, required: true },
} as const;

const schemas: Record<string, Schema> = {
  http_post: { name: "authz:http_post", fields: http },
  http_get: { name: "authz:http_get", fields: http },
  file: { name: "authz:api_file", fields: { ...common, rules: { check: text, required: true } } },
  built_in_database: { name: "authz:builtin_db_api", fields: { ...common, max_rules: { check: positive } } },
};

const root = { kind: "validation_error", path: "root" };

/** The types of sources this build knows; others can be named by nothing. */
export const sourceTypes = ["file", "http", "built_in_database"];

/** What is wrong with a source's configuration. */
export function sourceProblems(config: JsonObject): Problem[] {
  const { type, method } = config;
  if (!sourceTypes.includes(String(type))) return [{ ...root, reason: "unknown_authz_type", got: String(type) }];
  if (type !== "http") return problemsOf(config, schemas[String(type)] as Schema);
  if (method !== "get" && method !== "post")
    return [{ ...root, reason: "unknown_http_method", got: String(method), expected: "get | post" }];
  return problemsOf(config, schemas[`http_${method}`] as Schema);
}

/** A source's configuration with everything EMQX fills in. */
export function sourceWithDefaults(config: JsonObject): JsonObject {
  if (config["type"] === "file") return { enable: true, ...config };
  if (config["type"] === "built_in_database") return { enable: true, max_rules: 100, ...config };
  const defaults = {
    body: {},
    connect_timeout: "15s",
    enable: true,
    enable_pipelining: 100,
    headers: defaultHeaders(String(config["method"]), "timeout=30, max=1000"),
    pool_size: 8,
    request_timeout: "30s",
  };
  return { ...defaults, ...config, ssl: { ...sslDefaults, ...(config["ssl"] as JsonObject | undefined) } };
}
