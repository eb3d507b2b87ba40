// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { isObject, type JsonObject } from "../json.ts";
import { defaultHeaders, sslDefaults } from "../ssl-defaults.ts";

export function authenticatorId(config: JsonObject): string {
  return config["mechanism"] === "jwt" ? "jwt" : `${config["mechanism"]}:${config["backend"]}`;
}

/** A configuration with everything EMQX fills in; what was given stays as it was written. */
export function withDefaults(config: JsonObject): JsonObject {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  const merged = { ...defaultsOf(given), ...given };
  if ("ssl" in merged) merged["ssl"] = { ...sslDefaults, ...(isObject(given["ssl"]) ? given["ssl"] : {}) };
  if (isObject(merged["headers"]) && given["backend"] === "http")
    merged["headers"] = Object.fromEntries(
      Object.entries(merged["headers"]).map(([name, value]) => [name.toLowerCase(), value]),
    );
  return merged;
}

function defaultsOf(config: JsonObject): JsonObject {
  if (config["mechanism"] === "jwt") return jwtDefaults(config);
  if (config["backend"] === "http")
    return {
      connect_timeout: "15s",
      enable: true,
      enable_pipelining: 100,
      headers: defaultHeaders(String(config["method"]), "timeout=30, max=1000"),
      pool_size: 8,
      request_timeout: "5s",
      ssl: sslDefaults,
    };
  return {
    bootstrap_file: "${EMQX_ETC_DIR}/auth-built-in-db-bootstrap.csv",
    bootstrap_type: "plain",
    enable: true,
    password_hash_algorithm: { name: "sha256", salt_position: "prefix" },
    user_id_type: "username",
  };
}

function jwtDefaults(config: JsonObject): JsonObject {
  const defaults: JsonObject = {
    acl_claim_name: "acl",
    disconnect_after_expire: true,
    enable: true,
    from: "password",
    verify_claims: {},
  };
  if (String(config["use_jwks"]) === "true")
    return {
      ...defaults,
      headers: { Accept: "application/json" },
      pool_size: 8,
      refresh_interval: 300,
      ssl: sslDefaults,
    };
  return "public_key" in config ? defaults : { ...defaults, secret_base64_encoded: false };
}
