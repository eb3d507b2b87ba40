import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { JwsAlgorithm } from "../credential-scheme.ts";
import { bindKey, type ImportedKey, KeyImportError } from "./imported-key.ts";

const readers: Record<string, (pem: string) => KeyObject> = {
  "PUBLIC KEY": createPublicKey,
  "RSA PUBLIC KEY": createPublicKey,
  "PRIVATE KEY": createPrivateKey,
  "RSA PRIVATE KEY": createPrivateKey,
  "EC PRIVATE KEY": createPrivateKey,
  CERTIFICATE: (pem) => new X509Certificate(pem).publicKey,
};

const block = /-----BEGIN ([A-Z0-9 ]+)-----(?:(?!-----)[\s\S])*-----END \1-----/g;

/**
 * The one key of a PEM text (RFC 7468). More than one is refused: of a certificate chain only the leaf's key is meant,
 * and a CA's key must not become one that signs tokens.
 */
export function importPem(text: string, algorithm: JwsAlgorithm | undefined): ImportedKey {
  // openssl ecparam puts the curve's name before the key.
  const blocks = [...text.matchAll(block)].filter(([, label]) => label !== "EC PARAMETERS");
  const [first, second] = blocks;
  if (first === undefined) throw new KeyImportError("The PEM is cut off or its BEGIN and END lines differ.");
  if (second !== undefined) throw new KeyImportError(`The PEM holds ${blocks.length} keys or certificates; give one.`);
  const [pem, label = ""] = first;
  if (label === "ENCRYPTED PRIVATE KEY" || pem.includes("ENCRYPTED")) {
    throw new KeyImportError("The private key is encrypted with a pass phrase; decrypt it first.");
  }
  const read = Object.hasOwn(readers, label) ? readers[label] : undefined;
  if (read === undefined)
    throw new KeyImportError("The PEM holds neither a public key, a private key nor a certificate.");
  return bindKey(readKey(read, pem), algorithm);
}

function readKey(read: (pem: string) => KeyObject, pem: string): KeyObject {
  try {
    return read(pem);
  } catch {
    // The reason is OpenSSL's and about bytes; it is left out, so that no part of the key can come with it.
    throw new KeyImportError("The PEM does not hold a key that can be read: its content is damaged.");
  }
}
