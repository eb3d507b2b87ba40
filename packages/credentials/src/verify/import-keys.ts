import type { JwsAlgorithm } from "../credential-scheme.ts";
import { importJwks } from "./import-jwk.ts";
import { importPem } from "./import-pem.ts";
import { importSecret, isHmac } from "./import-secret.ts";
import { type ImportedKey, KeyImportError } from "./imported-key.ts";

export interface ImportKeyOptions {
  /** The algorithm the key is for. RSA keys are for RS256 unless they or this say PS256. */
  algorithm?: JwsAlgorithm;
  /** Reads the text as an HMAC secret: its UTF-8 bytes, or what canonical padded Base64 stands for. */
  secretEncoding?: "text" | "base64";
}

const maxTextLength = 256 * 1024;

/**
 * Reads keys from a PEM (SPKI or PKCS#1 public key, PKCS#8, PKCS#1 or SEC 1 private key, X.509 certificate), a JWK or a
 * JWK Set (RFC 7517), or, with `secretEncoding`, an HMAC secret. Only a JWK Set gives more than one key; those in it
 * that are for something else are passed over. Throws KeyImportError, whose message never quotes the text.
 *
 * RSA keys have at least 2048 bits, elliptic curves are P-256 or Ed25519. The dates of a certificate are not checked:
 * it is only the wrapping of a key here.
 */
export function importKeyText(text: string, options: ImportKeyOptions = {}): ImportedKey[] {
  const { algorithm, secretEncoding } = options;
  if (text.length > maxTextLength) throw new KeyImportError(`The key text is longer than ${maxTextLength} characters.`);
  if (secretEncoding !== undefined) {
    if (algorithm === undefined || !isHmac(algorithm)) {
      throw new KeyImportError("A secret needs one of the algorithms HS256, HS384, HS512.");
    }
    return [{ algorithm, publicOrSecret: importSecret(text, algorithm, secretEncoding) }];
  }
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) return importJwks(trimmed, algorithm);
  if (trimmed.startsWith("-----BEGIN ")) return [importPem(trimmed, algorithm)];
  if (trimmed === "") throw new KeyImportError("The key text is empty.");
  throw new KeyImportError("The text is neither PEM nor a JWK; for an HMAC secret say its algorithm and encoding.");
}
