import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { type JwsAlgorithm, xiaozhiKeyRule } from "@connack/credentials";
import type { KeyRecord } from "./key-record.ts";

const generate = promisify(generateKeyPair);

/** Bytes of an HMAC secret, as long as the hash (RFC 7518 §3.2). */
const secretBytes: Partial<Record<JwsAlgorithm, number>> = { HS256: 32, HS384: 48, HS512: 64 };

type NewSecret = Pick<KeyRecord, "scheme" | "algorithm" | "origin" | "secret">;
type NewPair = Pick<KeyRecord, "scheme" | "algorithm" | "origin" | "publicKey" | "privateKey">;

/** A new shared secret: 256 bits for xiaozhi, as long as the hash for JWT. */
export function generateSecret(scheme: "xiaozhi-hmac" | "jwt", algorithm: JwsAlgorithm = "HS256"): NewSecret {
  if (scheme === "xiaozhi-hmac") {
    return { scheme, algorithm: "HMAC-SHA256", origin: "generated", secret: randomXiaozhiKey() };
  }
  // The text itself is the secret (`secretEncoding: text`), so that it can be pasted into firmware and brokers as it is.
  const secret = randomBytes(secretBytes[algorithm] ?? 32).toString("hex");
  return { scheme, algorithm, origin: "generated", secret };
}

/** A new key of the algorithm's own kind: a secret for HS256, HS384 and HS512, a key pair for the others. */
export async function generateKey(
  scheme: "xiaozhi-hmac" | "jwt",
  algorithm: JwsAlgorithm = "HS256",
): Promise<NewSecret | NewPair> {
  if (scheme === "xiaozhi-hmac" || secretBytes[algorithm] !== undefined) return generateSecret(scheme, algorithm);
  return { scheme, algorithm, origin: "generated", ...(await generatePair(algorithm)) };
}

/** 256 bits as base64url text, drawn again until xiaozhi's own rule for signature keys is content with it too. */
function randomXiaozhiKey(): string {
  for (;;) {
    const secret = randomBytes(32).toString("base64url");
    if (xiaozhiKeyRule(secret).length === 0) return secret;
  }
}

/** Asynchronous: an RSA pair takes most of a second, in which the service has to go on answering. */
async function generatePair(algorithm: JwsAlgorithm): Promise<{ publicKey: string; privateKey: string }> {
  const publicKeyEncoding = { type: "spki", format: "pem" } as const;
  const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;
  switch (algorithm) {
    case "ES256":
      return generate("ec", { namedCurve: "P-256", publicKeyEncoding, privateKeyEncoding });
    case "EdDSA":
      return generate("ed25519", { publicKeyEncoding, privateKeyEncoding });
    default:
      return generate("rsa", { modulusLength: 3072, publicKeyEncoding, privateKeyEncoding });
  }
}
