import {
  bool,
  duration,
  map,
  oneOf,
  type Problem,
  positive,
  problemsOf,
  type Schema,
  text,
  textMap,
} from "../api/schema.ts";
import { isObject, type JsonObject } from "../json.ts";

const common = { enable: { check: bool }, mechanism: {} };

const http = {
  ...common,
  backend: {},
  body: { check: textMap },
  connect_timeout: { check: duration },
  enable_pipelining: { check: positive },
  headers: {},
  max_retries: { hidden: true },
  method: {},
  pool_size: { check: positive },
  request: { hidden: true },
  request_timeout: { check: duration },
  retry_interval: { hidden: true },
  ssl: { check: map },
  url: { check: text, required: true },
} as const;

const jwt = {
  ...common,
  acl_claim_name: { check: text },
  disconnect_after_expire: { check: bool },
  from: { check: oneOf(["username", "password"]) },
  use_jwks: {},
  verify_claims: {},
} as const;

const schemas: Record<string, Schema> = {
  http_post: { name: "authn:http_post", fields: http },
  http_get: { name: "authn:http_get", fields: http },
  jwt_hmac: {
    name: "authn:jwt_hmac",
    fields: {
      ...jwt,
      algorithm: { check: oneOf(["hmac-based"]), required: true },
      secret: { check: text, required: true },
      secret_base64_encoded: { check: bool },
    },
  },
  jwt_public_key: {
    name: "authn:jwt_public_key",
    fields: {
      ...jwt,
      algorithm: { check: oneOf(["public-key"]), required: true },
      public_key: { check: text, required: true },
    },
  },
  jwt_jwks: {
    name: "authn:jwt_jwks",
    fields: {
      ...jwt,
      endpoint: { check: text, required: true },
      headers: { check: map },
      pool_size: { check: positive },
      refresh_interval: { check: positive },
      ssl: { check: map },
    },
  },
  builtin_db_api: {
    name: "authn:builtin_db_api",
    fields: {
      ...common,
      backend: {},
      bootstrap_file: { check: text },
      bootstrap_type: { check: oneOf(["plain", "hash"]) },
      password_hash_algorithm: { check: map },
      user_id_type: { check: oneOf(["username", "clientid"], "unable_to_convert_to_enum_symbol") },
    },
  },
};

const root = { kind: "validation_error", path: "root" };

/** What is wrong with an authenticator's configuration, in EMQX's words; empty for a right one. */
export function authenticatorProblems(config: JsonObject): Problem[] {
  const chosen = chooseSchema(config);
  return typeof chosen === "string" ? problemsOf(config, schemas[chosen] as Schema) : [chosen];
}

function chooseSchema(config: JsonObject): string | Problem {
  const { mechanism, backend } = config;
  if (mechanism === undefined) return { ...root, reason: "missing_mechanism_field" };
  if (mechanism === "jwt") return chooseJwt(config);
  if (mechanism === "password_based" && backend === "http") return chooseHttp(config["method"]);
  if (mechanism === "password_based" && backend === "built_in_database") return "builtin_db_api";
  return { ...root, reason: "unsupported_mechanism", mechanism, ...(backend === undefined ? {} : { backend }) };
}

function chooseJwt(config: JsonObject): string | Problem {
  const jwks = String(config["use_jwks"]);
  if (jwks === "true") return "jwt_jwks";
  if (jwks === "false") return "public_key" in config ? "jwt_public_key" : "jwt_hmac";
  return { ...root, field_name: "use_jwks", expected: "true | false" };
}

function chooseHttp(method: unknown): string | Problem {
  if (method === "post" || method === "get") return `http_${method}`;
  const got = method === undefined ? "undefined" : (method as string);
  return { ...root, reason: "unknown_http_method", got, field_name: "method", expected: "get | post" };
}

/** Why a URL cannot be used, as EMQX's exception says it (its stack is left out). */
export function urlProblem(url: unknown, ssl: unknown): string | undefined {
  const text = String(url);
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  const thrown = (reason: string) => `{exception,{throw,{invalid_url,${reason}},[{stack,trace}]}}`;
  if (!scheme) return thrown(`{no_scheme,<<"${text}">>}`);
  const host = rest.split(/[/?]/)[0] ?? "";
  if (host.includes("$")) return thrown(`{invalid_base,{invalid_uri,":"},<<"${text}">>}`);
  if (scheme !== "http" && scheme !== "https")
    return thrown(`{invalid_base,{unsupported_scheme,<<"${scheme}">>},<<"${text}">>}`);
  if (scheme === "https" && !(isObject(ssl) && String(ssl["enable"]) === "true"))
    return '{invalid_ssl_opts,<<"it\'s required to enable the TLS option to establish a https connection">>}';
  return undefined;
}
