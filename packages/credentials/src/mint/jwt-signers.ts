/** A WebCrypto key, named without the DOM's or Node's types so that both can be used. */
export type SigningCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A private JWK, or a secret one of type oct (RFC 7517). */
export interface SigningJwk {
  kty: string;
  [member: string]: unknown;
}

export type SigningAlgorithm = "HS256" | "HS384" | "HS512" | "RS256" | "PS256" | "ES256" | "EdDSA";

interface Signer {
  /** Parameters of `subtle.sign`. */
  parameters: { name: string; hash?: string; saltLength?: number };
  /** Imports the key, or checks one that is imported already. Throws TypeError when it does not fit. */
  prepare(key: Uint8Array | SigningCryptoKey | SigningJwk): Promise<SigningCryptoKey>;
}

/** WebCrypto's names for the JWS algorithms (RFC 7518 §3.1, RFC 8037 §3.1). ES256 signatures come as r and s already. */
export const jwtSigners: Record<SigningAlgorithm, Signer> = {
  HS256: signer("HS256", { name: "HMAC", hash: "SHA-256" }),
  HS384: signer("HS384", { name: "HMAC", hash: "SHA-384" }),
  HS512: signer("HS512", { name: "HMAC", hash: "SHA-512" }),
  RS256: signer("RS256", { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }),
  PS256: signer("PS256", { name: "RSA-PSS", hash: "SHA-256" }, { saltLength: 32 }),
  ES256: signer("ES256", { name: "ECDSA", namedCurve: "P-256" }, { hash: "SHA-256" }),
  EdDSA: signer("EdDSA", { name: "Ed25519" }),
};

type KeyParameters = { name: string; hash?: string; namedCurve?: string };

function signer(
  algorithm: SigningAlgorithm,
  wanted: KeyParameters,
  more: { hash?: string; saltLength?: number } = {},
): Signer {
  return {
    parameters: { name: wanted.name, ...more },
    async prepare(key) {
      if (key instanceof Uint8Array) {
        if (wanted.name !== "HMAC") throw new TypeError(`${algorithm} needs a private key, not a secret`);
        return crypto.subtle.importKey("raw", new Uint8Array(key), wanted, false, ["sign"]);
      }
      if (!isCryptoKey(key)) {
        // alg and key_ops are left to us: WebCrypto refuses names it does not know, such as EdDSA.
        const { alg: _alg, key_ops: _operations, use: _use, ...jwk } = key;
        return crypto.subtle.importKey("jwk", jwk, wanted, false, ["sign"]);
      }
      checkFit(algorithm, wanted, key);
      return key;
    },
  };
}

function isCryptoKey(key: SigningCryptoKey | SigningJwk): key is SigningCryptoKey {
  return !("kty" in key);
}

/** The header names the algorithm, but an imported key signs with its own hash or curve. */
function checkFit(algorithm: SigningAlgorithm, wanted: KeyParameters, key: SigningCryptoKey): void {
  const own = key.algorithm as { name: string; hash?: { name: string }; namedCurve?: string };
  const fits = own.name === wanted.name && own.namedCurve === wanted.namedCurve && own.hash?.name === wanted.hash;
  if (!fits) throw new TypeError(`The key is not for ${algorithm}`);
  if (!key.usages.includes("sign")) throw new TypeError("The key may not sign");
}
