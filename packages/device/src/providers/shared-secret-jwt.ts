import type { CredentialsProvider } from "../device-credentials.ts";
import { type MintedJwtOptions, mintedJwt } from "./minted-jwt.ts";

export interface SharedSecretJwtOptions extends MintedJwtOptions {
  /** Text stands for its UTF-8 bytes, as `connack key add --scheme jwt --file` reads it. */
  secret: string | Uint8Array;
}

const hmac = { name: "HMAC", hash: "SHA-256" };

/**
 * Tokens signed with a secret that device and verifier share (HS256, RFC 7518 §3.2): new for each connection, with the
 * device's own clock. Whoever reads the secret out of one device can be any device: `keyPairJwt` and `tokenEndpoint` have
 * no such secret. Throws TypeError or RangeError naming the option that is wrong.
 */
export function sharedSecretJwt(options: SharedSecretJwtOptions): CredentialsProvider {
  const secret = secretBytes(options.secret);
  return mintedJwt(options, {
    name: "shared-secret JWT",
    algorithm: "HS256",
    importKey: () => crypto.subtle.importKey("raw", secret, hmac, false, ["sign"]),
  });
}

/** A copy of the bytes: whoever wipes theirs does not change the key. */
function secretBytes(secret: unknown): Uint8Array<ArrayBuffer> {
  const isBytes = secret instanceof Uint8Array;
  if (!isBytes && typeof secret !== "string") throw new TypeError("secret has to be a text or a Uint8Array");
  const bytes = isBytes ? new Uint8Array(secret) : new TextEncoder().encode(secret);
  if (bytes.length === 0) throw new TypeError("secret is empty");
  return bytes;
}
