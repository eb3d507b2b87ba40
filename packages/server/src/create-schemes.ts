import type { CredentialScheme } from "@connack/credentials";
import {
  createClientCertificateScheme,
  createJwtScheme,
  createPasswordScheme,
  createXiaozhiHmacScheme,
  createXiaozhiUnsignedScheme,
  type JwtSchemeOptions,
} from "@connack/credentials/verify";
import { ConfigError } from "./config/config-error.ts";
import type { Config } from "./config/config-schema.ts";

/**
 * The schemes that are switched on, in matching order: the most particular shape first, passwords last, since any
 * user name with any password looks like one.
 */
export function createSchemes({ credentials }: Pick<Config, "credentials">): CredentialScheme[] {
  const { xiaozhiHmac, jwt, password, clientCertificate } = credentials;
  const schemes: CredentialScheme[] = [];
  if (clientCertificate.enabled) schemes.push(createClientCertificateScheme({ identity: clientCertificate.identity }));
  if (xiaozhiHmac.enabled && xiaozhiHmac.acceptUnsigned) schemes.push(createXiaozhiUnsignedScheme());
  if (xiaozhiHmac.enabled) schemes.push(createXiaozhiHmacScheme(xiaozhiHmac));
  if (jwt.enabled) schemes.push(createJwt(jwt));
  if (password.enabled) schemes.push(createPasswordScheme());
  return schemes;
}

/** What an operator should be told for as long as it is configured so, one sentence or two each. */
export function schemeWarnings({ credentials }: Pick<Config, "credentials">): string[] {
  const { xiaozhiHmac, jwt, password, clientCertificate } = credentials;
  const { enabled, acceptUnsigned } = xiaozhiHmac;
  const nobody = [xiaozhiHmac, jwt, password, clientCertificate].every((scheme) => !scheme.enabled);
  const none = nobody ? ["no credential scheme is switched on (credentials.*.enabled): every device is refused."] : [];
  if (!acceptUnsigned) return none;
  return enabled
    ? [
        "credentials.xiaozhiHmac.acceptUnsigned is on: devices registered with xiaozhi-unsigned connect WITHOUT ANY PROOF. " +
          "Whoever knows the MAC address of one, or guesses it, is that device. Give them signed credentials and switch it off.",
      ]
    : [...none, "credentials.xiaozhiHmac.acceptUnsigned does nothing while credentials.xiaozhiHmac.enabled is false."];
}

/** Throws `ConfigError` for a template or a time that cannot be meant. */
function createJwt(jwt: Config["credentials"]["jwt"]): CredentialScheme {
  try {
    return createJwtScheme(jwtOptions(jwt));
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigError([{ place: "credentials.jwt", problem: error.message }]);
    throw error;
  }
}

function jwtOptions(jwt: Config["credentials"]["jwt"]): JwtSchemeOptions {
  const { issuer, audience, requiredClaims, bindTo, identity, leeway, maxLifetime, requireExpiry, refuseFutureIat } =
    jwt;
  return {
    requiredClaims,
    bindTo,
    identity,
    requireExpiry,
    refuseFutureIat,
    leeway,
    issuer,
    audience,
    maxLifetime,
  };
}
