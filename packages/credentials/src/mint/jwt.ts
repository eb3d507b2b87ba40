import { encodeBase64url } from "./base64url.ts";
import { jwtSigners, type SigningAlgorithm, type SigningCryptoKey, type SigningJwk } from "./jwt-signers.ts";

export type { SigningAlgorithm, SigningCryptoKey, SigningJwk } from "./jwt-signers.ts";

export interface MintJwtOptions {
  /** The payload. `exp`, `nbf` and `iat` are whole Unix seconds. */
  claims: Readonly<Record<string, unknown>>;
  algorithm: SigningAlgorithm;
  /** An HMAC secret as bytes, a private or secret JWK, or a WebCrypto key that may sign with the algorithm. */
  key: Uint8Array | SigningCryptoKey | SigningJwk;
  /** Id of the key: 1 to 128 printable ASCII characters. */
  kid?: string;
}

/**
 * Makes a signed token, a compact JWS with the header members alg, typ and kid in this order (RFC 7519, RFC 7515). Uses
 * WebCrypto only, in Node and in browsers. Throws RangeError for a time that is not whole seconds or a `kid` no reader
 * takes, TypeError for a key that does not fit the algorithm, and WebCrypto's DOMException for a damaged one.
 */
export async function mintJwt({ claims, algorithm, key, kid }: MintJwtOptions): Promise<string> {
  for (const name of ["exp", "nbf", "iat"]) {
    const time = claims[name];
    if (time === undefined) continue;
    if (typeof time !== "number" || !Number.isSafeInteger(time) || time < 0 || time > 1e11) {
      throw new RangeError(`${name} has to be whole seconds since 1970, not milliseconds`);
    }
  }
  if (kid !== undefined && !/^[\x20-\x7e]{1,128}$/.test(kid)) {
    throw new RangeError("kid has to be 1 to 128 printable ASCII characters");
  }
  const signer = jwtSigners[algorithm];
  const signingKey = await signer.prepare(key);
  const encoder = new TextEncoder();
  const header = { alg: algorithm, typ: "JWT", ...(kid === undefined ? {} : { kid }) };
  const parts = [header, claims].map((part) => encodeBase64url(encoder.encode(JSON.stringify(part))));
  const signature = await crypto.subtle.sign(signer.parameters, signingKey, encoder.encode(parts.join(".")));
  return [...parts, encodeBase64url(new Uint8Array(signature))].join(".");
}
