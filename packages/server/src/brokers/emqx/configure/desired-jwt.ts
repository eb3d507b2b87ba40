import type { EmqxConfig } from "../../../config/emqx-section.ts";
import type { JsonObject } from "../management/management-client.ts";
import type { DesiredInput } from "./desired-state.ts";
import { clientSsl } from "./request-options.ts";

/** The authenticator with which EMQX checks tokens by itself, where that is wanted. */
export function desiredJwt(input: DesiredInput): JsonObject | undefined {
  const { jwt } = input.emqx;
  if (!jwt.enabled) return undefined;
  return {
    mechanism: "jwt",
    enable: true,
    from: jwt.from,
    acl_claim_name: "acl",
    verify_claims: { ...(usesOwnSecret(jwt) ? ownClaims(input.ownJwt) : {}), ...jwt.verifyClaims },
    disconnect_after_expire: true,
    // Without it EMQX 5.8.0 refuses all kinds of keys alike.
    use_jwks: jwt.jwksUrl !== undefined,
    ...keyOf(input),
  };
}

function keyOf({ emqx: { jwt }, ownJwt, publicKey }: DesiredInput): JsonObject {
  if (jwt.jwksUrl !== undefined) return { endpoint: jwt.jwksUrl, ssl: clientSsl(jwt.jwksUrl) };
  if (jwt.publicKeyFile !== undefined) return { algorithm: "public-key", public_key: publicKey ?? "" };
  const own = usesOwnSecret(jwt);
  return {
    algorithm: "hmac-based",
    secret: (own ? ownJwt.secret : jwt.secret) ?? "",
    secret_base64_encoded: own && ownJwt.secretEncoding === "base64",
  };
}

function usesOwnSecret({ secret, publicKeyFile, jwksUrl }: EmqxConfig["jwt"]): boolean {
  return secret === undefined && publicKeyFile === undefined && jwksUrl === undefined;
}

/** What the service itself asks of a token, as far as EMQX can compare it: exact texts. */
function ownClaims({ issuer, requiredClaims }: DesiredInput["ownJwt"]): JsonObject {
  const texts = Object.entries(requiredClaims).filter(([, value]) => typeof value === "string");
  return { ...Object.fromEntries(texts), ...(issuer !== undefined && { iss: issuer }) };
}

/** Rights of those clients, one topic each, as the built-in database keeps them. */
export function desiredJwtRules({ jwt }: EmqxConfig): JsonObject[] {
  const rules = jwt.rules ?? [{ permission: "allow", action: "all", topics: [`devices/\${clientid}/#`] } as const];
  return rules.flatMap(({ topics, permission, action, ...more }) =>
    topics.map((topic) => ({
      topic,
      permission,
      action,
      qos: "qos" in more && more.qos ? [...more.qos] : [0, 1, 2],
      retain: "retain" in more && more.retain !== undefined ? more.retain : "all",
    })),
  );
}
