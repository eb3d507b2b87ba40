import type { SigningCryptoKey, SigningJwk } from "@connack/credentials";
import { type CredentialsProvider, CredentialsRefused } from "../device-credentials.ts";
import { type MintedJwtOptions, mintedJwt } from "./minted-jwt.ts";
import { pkcs8Bytes } from "./pkcs8-bytes.ts";

export interface KeyPairJwtOptions extends MintedJwtOptions {
  /** The device's own key: a JWK, PKCS #8 as PEM (`BEGIN PRIVATE KEY`), or a WebCrypto key that may sign. */
  privateKey: SigningJwk | SigningCryptoKey | string;
  algorithm: "ES256" | "EdDSA";
}

/** WebCrypto's and JWK's names for the algorithms (RFC 7518 §3.4, RFC 8037 §3.1). */
const algorithms = {
  ES256: { parameters: { name: "ECDSA", namedCurve: "P-256" }, kty: "EC", crv: "P-256" },
  EdDSA: { parameters: { name: "Ed25519" }, kty: "OKP", crv: "Ed25519" },
} as const;

/**
 * Tokens signed with a private key that no other device has; the verifier knows the public one. Throws TypeError or
 * RangeError naming the option that is wrong; a key that looks right and is damaged is told at the first token, as
 * `CredentialsRefused`.
 */
export function keyPairJwt(options: KeyPairJwtOptions): CredentialsProvider {
  const { algorithm } = options;
  if (!Object.hasOwn(algorithms, algorithm)) throw new TypeError("algorithm has to be ES256 or EdDSA");
  const importKey = prepareImport(options.privateKey, algorithm);
  return mintedJwt(options, { name: "key-pair JWT", algorithm, importKey });
}

function prepareImport(key: unknown, algorithm: "ES256" | "EdDSA"): () => Promise<SigningCryptoKey> {
  const { parameters, kty, crv } = algorithms[algorithm];
  const importing = (given: Promise<SigningCryptoKey>) =>
    given.catch(() => {
      // WebCrypto's own message says less, and what it quotes is its affair.
      throw new CredentialsRefused(`privateKey cannot be read as a private key for ${algorithm}`);
    });
  if (typeof key === "string") {
    const bytes = pkcs8Bytes("privateKey", key);
    return () => importing(crypto.subtle.importKey("pkcs8", bytes, parameters, false, ["sign"]));
  }
  if (typeof key !== "object" || key === null) {
    throw new TypeError("privateKey has to be a JWK, a PEM text or a CryptoKey");
  }
  if ("kty" in key) {
    const jwk = key as SigningJwk;
    if (typeof jwk["d"] !== "string") throw new TypeError("privateKey is a public JWK: it has no d");
    if (jwk.kty !== kty || jwk["crv"] !== crv)
      throw new TypeError(`privateKey is not for ${algorithm}: it has to be ${kty} with ${crv}`);
    // alg and key_ops are left to us: WebCrypto refuses names it does not know, such as EdDSA.
    const { alg: _alg, key_ops: _operations, use: _use, ...rest } = jwk;
    return () => importing(crypto.subtle.importKey("jwk", rest, parameters, false, ["sign"]));
  }
  const cryptoKey = key as SigningCryptoKey;
  const own = (cryptoKey.algorithm ?? {}) as { name?: string; namedCurve?: string };
  const fits = own.name === parameters.name && (algorithm === "EdDSA" || own.namedCurve === crv);
  if (!fits || !cryptoKey.usages.includes("sign")) {
    throw new TypeError(`privateKey has to be a private CryptoKey for ${algorithm} that may sign`);
  }
  return () => Promise.resolve(cryptoKey);
}
