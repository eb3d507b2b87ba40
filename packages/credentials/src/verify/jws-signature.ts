import { constants, createHmac, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import type { JwsAlgorithm } from "../credential-scheme.ts";

/** How one algorithm checks a signature (RFC 7518 §3, RFC 8037 §3.1). */
interface SignatureCheck {
  /** Bytes a signature has, always. */
  length(key: KeyObject): number;
  /** Whether the key is of the kind the algorithm needs; the ring should hold no other. */
  fits(key: KeyObject): boolean;
  isGood(key: KeyObject, input: string, signature: Buffer): boolean;
}

const checks: Record<JwsAlgorithm, SignatureCheck> = {
  HS256: hmac("sha256", 32),
  HS384: hmac("sha384", 48),
  HS512: hmac("sha512", 64),
  RS256: rsa((key, data, signature) => {
    return verify("sha256", data, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
  }),
  // The salt is as long as the hash (RFC 7518 §3.5).
  PS256: rsa((key, data, signature) => {
    return verify("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
  }),
  // r and s one after the other, not DER (RFC 7518 §3.4).
  ES256: {
    length: () => 64,
    fits: (key) => key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1",
    isGood: (key, input, signature) => {
      return verify("sha256", Buffer.from(input, "latin1"), { key, dsaEncoding: "ieee-p1363" }, signature);
    },
  },
  EdDSA: {
    length: () => 64,
    fits: (key) => key.asymmetricKeyType === "ed25519",
    isGood: (key, input, signature) => verify(null, Buffer.from(input, "latin1"), key, signature),
  },
};

function hmac(hash: string, length: number): SignatureCheck {
  return {
    length: () => length,
    fits: (key) => key.type === "secret",
    isGood: (key, input, signature) => {
      const expected = createHmac(hash, key).update(input, "latin1").digest();
      // The length of a signature is no secret; timingSafeEqual throws on different ones.
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    },
  };
}

function rsa(isGood: (key: KeyObject, data: Buffer, signature: Buffer) => boolean): SignatureCheck {
  return {
    length: (key) => Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8),
    fits: (key) => key.asymmetricKeyType === "rsa",
    isGood: (key, input, signature) => isGood(key, Buffer.from(input, "latin1"), signature),
  };
}

/** What a check of a signature came to; `wrong length` means that no such signature exists, most often one cut off. */
export type SignatureResult = "good" | "bad" | "wrong length" | "unfit key";

/** Checks a signature over ASCII text with the algorithm that the key is for. */
export function checkSignature(
  algorithm: JwsAlgorithm,
  key: KeyObject,
  input: string,
  signature: Buffer,
): SignatureResult {
  const check = checks[algorithm];
  if (!check.fits(key)) return "unfit key";
  if (check.length(key) !== signature.length) return "wrong length";
  return check.isGood(key, input, signature) ? "good" : "bad";
}
