import { createSecretKey, type KeyObject } from "node:crypto";
import type { JwsAlgorithm } from "../credential-scheme.ts";
import { KeyImportError } from "./imported-key.ts";

export type HmacAlgorithm = Extract<JwsAlgorithm, `HS${string}`>;

export function isHmac(algorithm: JwsAlgorithm): algorithm is HmacAlgorithm {
  return algorithm.startsWith("HS");
}

/**
 * An HMAC secret from its text: the UTF-8 bytes exactly as they are, or canonical padded Base64 (RFC 4648 §4). White
 * space counts in a `text`: a secret file's last newline has to be removed before. Public keys and JWKs are refused,
 * because whoever reads them could sign. How hard a secret is to guess is for the key ring to judge; only an empty one
 * is refused here. Throws KeyImportError.
 */
export function importSecret(text: string, algorithm: JwsAlgorithm, encoding: "text" | "base64"): KeyObject {
  if (!isHmac(algorithm)) throw new KeyImportError(`A secret is for HS256, HS384 or HS512, not for ${algorithm}.`);
  if (/^\s*-----BEGIN /.test(text)) throw new KeyImportError("The secret is a PEM: that is a key of another kind.");
  if (/^\s*\{/.test(text) && text.includes('"kty"'))
    throw new KeyImportError("The secret is a JWK: import it as a key.");
  const bytes = encoding === "base64" ? decodeBase64(text) : Buffer.from(text, "utf8");
  if (bytes.length === 0) throw new KeyImportError("The secret is empty.");
  return createSecretKey(bytes);
}

function decodeBase64(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) {
    throw new KeyImportError("The secret is not canonical Base64: standard alphabet, padded, without white space.");
  }
  return bytes;
}
