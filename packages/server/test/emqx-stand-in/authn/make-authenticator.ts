import { existsSync, readFileSync } from "node:fs";
import type { JsonObject } from "../json.ts";
import type { Authenticator } from "./authenticator.ts";
import { DatabaseAuthenticator, type DatabaseUser } from "./database-authenticator.ts";
import { HttpAuthenticator } from "./http-authenticator.ts";
import { JwtAuthenticator } from "./jwt-authenticator.ts";
import { endpointKeys, fixedKey, hmacKey, pemKey } from "./jwt-keys.ts";

export interface Surroundings {
  healthCheckMs: number;
  /** Certificates and keys by the file name they were stored under. */
  certificates: Map<string, string>;
}

/** An authenticator from its full configuration, ready to be asked; a text says why there is none. */
export async function makeAuthenticator(
  config: JsonObject,
  users: Map<string, DatabaseUser>,
  { healthCheckMs, certificates }: Surroundings,
): Promise<Authenticator | string> {
  if (config["backend"] === "built_in_database") return new DatabaseAuthenticator(config, users);
  if (config["backend"] === "http") {
    const authenticator = new HttpAuthenticator(config, healthCheckMs, certificates);
    await authenticator.healthCheck();
    return authenticator;
  }
  if (String(config["use_jwks"]) === "true") {
    const keys = endpointKeys(config);
    void keys.refresh();
    return new JwtAuthenticator(config, keys);
  }
  const pem = config["public_key"];
  if (typeof pem === "string") {
    const key = pemKey(pem.includes("-----BEGIN") || !existsSync(pem) ? pem : readFileSync(pem, "utf8"));
    return key ? new JwtAuthenticator(config, fixedKey(key)) : "invalid_public_key";
  }
  const key = hmacKey(String(config["secret"]), String(config["secret_base64_encoded"]) === "true");
  return key ? new JwtAuthenticator(config, fixedKey(key)) : "Invalid value for 'secret'";
}
