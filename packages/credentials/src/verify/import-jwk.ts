import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { type JwsAlgorithm, jwsAlgorithms } from "../credential-scheme.ts";
import { decodeBase64url } from "./base64url.ts";
import { isHmac } from "./import-secret.ts";
import { bindKey, type ImportedKey, KeyImportError } from "./imported-key.ts";
import { isKeyId, jwsHeaderLimits } from "./jws-header.ts";
import { type JsonObject, parseJsonObject } from "./jwt-json.ts";

/** Most keys in one set. */
const maxKeys = 64;

/**
 * The keys of a JWK or a JWK Set (RFC 7517). Members of a set that are for encryption, of an unknown kind or for
 * another algorithm than the one asked for are passed over (§5); a damaged or too short one is an error, and so is a
 * set with nothing left.
 */
export function importJwks(json: string, algorithm: JwsAlgorithm | undefined): ImportedKey[] {
  const parsed = parseJsonObject(Buffer.from(json, "utf8"));
  if (parsed === undefined) throw new KeyImportError("The key text begins like JSON but is not a JSON object.");
  if (!Object.hasOwn(parsed, "keys")) {
    const reason = whyUnusable(parsed, algorithm);
    if (reason !== undefined) throw new KeyImportError(`The JWK ${reason}.`);
    return [importJwk(parsed, algorithm)];
  }
  const members: unknown = parsed["keys"];
  if (!Array.isArray(members)) throw new KeyImportError("The JWK Set has no list of keys.");
  if (members.length > maxKeys) throw new KeyImportError(`The JWK Set has more than ${maxKeys} keys.`);
  if (!members.every(isJsonObject)) throw new KeyImportError("The JWK Set has a key that is not a JSON object.");
  const usable = members.filter((jwk) => whyUnusable(jwk, algorithm) === undefined);
  if (usable.length > 0) return usable.map((jwk) => importJwk(jwk, algorithm));
  const reasons = members.map((jwk) => whyUnusable(jwk, algorithm)).join("; ");
  throw new KeyImportError(`The JWK Set has no key that can be used${reasons === "" ? "" : `: one ${reasons}`}.`);
}

const curves: Record<string, string> = { EC: "P-256", OKP: "Ed25519" };
const algorithmsByType: Record<string, readonly JwsAlgorithm[]> = {
  RSA: ["RS256", "PS256"],
  EC: ["ES256"],
  OKP: ["EdDSA"],
  oct: ["HS256", "HS384", "HS512"],
};

/** Why a JWK is for something else, ending a sentence; `undefined` when it is meant for signatures we check. */
function whyUnusable(jwk: JsonObject, algorithm: JwsAlgorithm | undefined): string | undefined {
  const { kty, use, key_ops: operations, crv } = jwk;
  if (use !== undefined && use !== "sig") return "is for encryption, not for signatures (use)";
  if (Array.isArray(operations) && !operations.includes("verify") && !operations.includes("sign")) {
    return "is not for signatures (key_ops)";
  }
  if (typeof kty !== "string" || !Object.hasOwn(algorithmsByType, kty)) return "is neither RSA, EC, OKP nor oct (kty)";
  if (Object.hasOwn(curves, kty) && crv !== curves[kty]) return `has a curve other than ${curves[kty]} (crv)`;
  const named = algorithmOf(jwk);
  const possible = algorithmsByType[kty] ?? [];
  if (jwk["alg"] !== undefined && !possible.some((each) => each === named)) return "has an alg that is not supported";
  if (algorithm !== undefined && (named === undefined ? !possible.includes(algorithm) : named !== algorithm)) {
    return `is not for ${algorithm}`;
  }
  return undefined;
}

function importJwk(jwk: JsonObject, wanted: JwsAlgorithm | undefined): ImportedKey {
  const { kid, kty } = jwk;
  if (kid !== undefined && !isKeyId(kid)) {
    throw new KeyImportError(`The kid of a JWK is not 1 to ${jwsHeaderLimits.kid} printable ASCII characters.`);
  }
  const id = kid === undefined ? {} : { id: kid };
  const algorithm = algorithmOf(jwk) ?? wanted;
  if (kty !== "oct") return { ...id, ...bindKey(readKey(jwk), algorithm) };
  if (algorithm === undefined || !isHmac(algorithm)) throw new KeyImportError("A JWK of type oct needs its alg.");
  const secret = typeof jwk["k"] === "string" ? decodeBase64url(jwk["k"]) : undefined;
  if (secret === undefined || secret.length === 0)
    throw new KeyImportError("The k of a JWK is not base64url or empty.");
  return { ...id, algorithm, publicOrSecret: createSecretKey(secret) };
}

/** The algorithm a JWK names; `Ed25519` is the newer name of what EdDSA means here (RFC 9864). */
function algorithmOf(jwk: JsonObject): JwsAlgorithm | undefined {
  return jwk["alg"] === "Ed25519" ? "EdDSA" : jwsAlgorithms.find((algorithm) => algorithm === jwk["alg"]);
}

function readKey(jwk: JsonObject): KeyObject {
  const key = jwk as JsonWebKey;
  try {
    return Object.hasOwn(jwk, "d") ? createPrivateKey({ key, format: "jwk" }) : createPublicKey({ key, format: "jwk" });
  } catch {
    // Node's message can quote a member of the key.
    throw new KeyImportError("A JWK is damaged: a member is missing or not what its type needs.");
  }
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
