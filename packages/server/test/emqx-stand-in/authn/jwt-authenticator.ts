import { type ClientAcl, readAclMap, readAclRules } from "../authz/client-acl.ts";
import { type ClientInfo, passwordText } from "../client-info.ts";
import { renderTemplate } from "../http/render-template.ts";
import { isObject, type JsonObject } from "../json.ts";
import {
  type Authenticator,
  type AuthnResult,
  badCredentials,
  clientAttributes,
  ignore,
  superuser,
} from "./authenticator.ts";
import { type JwtKeys, verifySignature } from "./jwt-keys.ts";

/** `jwt`: a bad signature is ignored, a good one with wrong claims is a refusal that ends the chain. */
export class JwtAuthenticator implements Authenticator {
  readonly #config: JsonObject;
  readonly #keys: JwtKeys;

  constructor(config: JsonObject, keys: JwtKeys) {
    this.#config = config;
    this.#keys = keys;
  }

  async authenticate(client: ClientInfo): Promise<AuthnResult> {
    const token = this.#config["from"] === "username" ? client.username : passwordText(client.password);
    if (!token) return ignore;
    const claims = await verifySignature(token, this.#keys.current());
    if (!claims) return ignore;
    const now = Math.floor(Date.now() / 1000);
    const expiry = time(claims["exp"]);
    if ("exp" in claims && !(expiry !== undefined && now < expiry)) return badCredentials;
    const notBefore = time(claims["nbf"]);
    if ("nbf" in claims && !(notBefore !== undefined && notBefore <= now)) return badCredentials;
    if (!this.#expectedClaims(client).every(([name, value]) => claims[name] === value)) return badCredentials;
    return this.#allow(claims, expiry);
  }

  status() {
    return "connected" as const;
  }

  async healthCheck(): Promise<void> {}

  close(): void {
    this.#keys.close();
  }

  #allow(claims: JsonObject, expiry: number | undefined): AuthnResult {
    const disconnects = this.#config["disconnect_after_expire"] === true;
    if (disconnects && expiry !== undefined && !Number.isInteger(expiry)) return ignore; // crashes, and that is ignored
    let clientAttrs: Record<string, string>;
    try {
      clientAttrs = clientAttributes(claims["client_attrs"]);
    } catch {
      return ignore;
    }
    const acl = this.#acl(claims, expiry);
    if (acl === "bad") return badCredentials;
    const expiresAtSeconds = disconnects ? expiry : undefined;
    return { result: "allow", superuser: superuser(claims["is_superuser"]), clientAttrs, expiresAtSeconds, acl };
  }

  #acl(claims: JsonObject, expiresAtSeconds: number | undefined): ClientAcl | undefined | "bad" {
    const value = claims[String(this.#config["acl_claim_name"])];
    if (value === undefined) return undefined;
    const list = Array.isArray(value);
    const rules = list ? readAclRules(value) : isObject(value) ? readAclMap(value) : undefined;
    if (!rules) return "bad";
    return { rules, otherwise: list ? "continue" : "deny", expiresAtSeconds, origin: "jwt" };
  }

  #expectedClaims(client: ClientInfo): [string, string][] {
    const wanted = this.#config["verify_claims"] ?? {};
    const pairs: [string, unknown][] = Array.isArray(wanted)
      ? wanted.filter(isObject).map((one) => [String(one["name"]), one["value"]])
      : Object.entries(wanted as JsonObject);
    const values = { clientid: client.clientId, username: client.username };
    return pairs.map(([name, template]) => [name, renderTemplate(String(template), values)]);
  }
}

/** A time claim: a number, or a text of digits. */
function time(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : undefined;
}
