import type { ConnectRequest } from "../connect-request.ts";
import type { Claim, CredentialScheme, KeyMaterial, Verification } from "../credential-scheme.ts";
import { decodeBase64url } from "./base64url.ts";
import { checkClaims } from "./check-claims.ts";
import { clockHints } from "./clock-hints.ts";
import { deviceKeyObject } from "./device-key.ts";
import { createHeaderReader, type JwsHeaderResult } from "./jws-header.ts";
import { type JwsKey, selectJwsKeys } from "./jws-keys.ts";
import { checkSignature, type SignatureResult } from "./jws-signature.ts";
import { readJwtIdentity } from "./jwt-identity.ts";
import { parseJsonObject } from "./jwt-json.ts";
import { type JwtPolicy, type JwtSchemeOptions, prepareJwtPolicy } from "./jwt-options.ts";
import type { JwtRefusal } from "./jwt-refusal.ts";
import { looksLikeJwt } from "./looks-like-jwt.ts";
import { type Jws, maxTokenLength, readJws } from "./read-jws.ts";

type HeaderReader = (encoded: string) => JwsHeaderResult;

/**
 * Tokens as password: a JWT (RFC 7519) signed as a compact JWS (RFC 7515) with a key of the ring, checked as RFC 8725
 * advises. Throws TypeError for options that cannot be meant.
 */
export function createJwtScheme(options: JwtSchemeOptions): CredentialScheme {
  const policy = prepareJwtPolicy(options);
  const readHeader = createHeaderReader();
  return {
    name: "jwt",
    identify: (request) => identify(request.password, readHeader),
    verify: (request, _claim, material, nowSeconds) => {
      try {
        return verify(policy, readHeader, request, material, nowSeconds);
      } catch (error) {
        // Never expected: fail closed and say what kind of error it was; its message could quote the token.
        const kind = error instanceof Error ? error.name : typeof error;
        return refuse({ reason: "internal_error", detail: `${kind} while a token was checked` });
      }
    },
  };
}

/** Shape only. The key id is read for the loading of keys; nothing inside the token counts yet. */
function identify(password: string, readHeader: HeaderReader): Claim | undefined {
  if (!looksLikeJwt(password)) return undefined;
  const header = password.length <= maxTokenLength ? readHeader(password.split(".", 1)[0] ?? "") : undefined;
  const keyId = header?.ok ? header.header.kid : undefined;
  return { scheme: "jwt", identity: "", ...(keyId === undefined ? {} : { keyId }), needs: "key ring" };
}

function verify(
  policy: JwtPolicy,
  readHeader: HeaderReader,
  request: ConnectRequest,
  material: KeyMaterial,
  now: number,
): Verification {
  const token = readJws(request.password, readHeader);
  if (!token.ok) return refuse(token.refusal);
  const selected = selectJwsKeys(material, token.jws.header);
  if (!selected.ok) return refuse(selected.refusal);
  const signed = findSigner(policy, token.jws, selected.keys);
  if (!signed.ok) return refuse(signed.refusal);

  // From here on the token is the issuer's word, and what it says may be told.
  const claims = readClaims(token.jws.payload);
  if (claims === undefined) return refuse({ reason: "malformed_token", detail: "the payload is not a JSON object" });
  const identity = readJwtIdentity(policy, claims);
  const refusal = checkClaims(policy, claims, request, now) ?? (identity.ok ? undefined : identity.refusal);
  if (refusal !== undefined || !identity.ok) {
    const proven = identity.ok ? { identity: { scheme: "jwt" as const, id: identity.id } } : {};
    return { ok: false, ...(refusal as JwtRefusal), hints: clockHints(claims, now), ...proven, claims };
  }
  return {
    ok: true,
    identity: { scheme: "jwt", id: identity.id },
    keyId: signed.key.id,
    generation: signed.key.generation,
    ...(typeof claims.exp === "number" ? { expiresAt: claims.exp + policy.leeway } : {}),
    claims,
    attributes: {},
  };
}

/** The key that made the signature. */
function findSigner(
  policy: JwtPolicy,
  jws: Jws,
  keys: readonly JwsKey[],
): { ok: true; key: JwsKey } | { ok: false; refusal: JwtRefusal } {
  const results = new Set<SignatureResult>();
  const named = keys.some((key) => key.perDevice) ? readNamedDevice(policy, jws) : undefined;
  for (const key of keys) {
    const result = checkWith(key, named, jws);
    if (result === "good") return { ok: true, key };
    results.add(result);
  }
  const names = keys.slice(0, 4).map((key) => key.id);
  const tried =
    keys.length > names.length ? `${names.join(", ")} and ${keys.length - names.length} more` : names.join(", ");
  if (results.has("bad")) return { ok: false, refusal: { reason: "bad_signature", detail: `tried ${tried}` } };
  if (results.has("wrong length")) {
    const detail = `the signature has ${jws.signature.length} bytes, too few or too many for ${jws.header.alg}: cut off?`;
    return { ok: false, refusal: { reason: "malformed_token", detail } };
  }
  const detail = `${tried}: not of the kind ${jws.header.alg} needs`;
  return { ok: false, refusal: { reason: "algorithm_not_allowed", detail } };
}

/** A key for each device is the one of the identity that the token would get: a device's own key proves no other name. */
function checkWith(key: JwsKey, named: string | undefined, jws: Jws): SignatureResult {
  if (!key.perDevice) return checkSignature(key.algorithm, key.key, jws.signingInput, jws.signature);
  if (key.algorithm !== "HS256") return "unfit key";
  if (named === undefined) return "bad";
  return checkSignature(key.algorithm, deviceKeyObject(key.key, named), jws.signingInput, jws.signature);
}

/** Whom the token names. Unproven: good for nothing but to find the key that has to have signed it. */
function readNamedDevice(policy: JwtPolicy, jws: Jws): string | undefined {
  const claims = readClaims(jws.payload);
  const identity = claims === undefined ? undefined : readJwtIdentity(policy, claims);
  return identity?.ok ? identity.id : undefined;
}

function readClaims(payload: string): Record<string, unknown> | undefined {
  const bytes = decodeBase64url(payload);
  return bytes === undefined ? undefined : parseJsonObject(bytes);
}

function refuse(refusal: JwtRefusal): Verification {
  return { ok: false, ...refusal, hints: [] };
}
