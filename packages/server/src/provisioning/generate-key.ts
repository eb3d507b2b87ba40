import { generateKeyPairSync, randomBytes } from "node:crypto";
import { type JwsAlgorithm, xiaozhiKeyRule } from "@connack/credentials";
import type { KeyRecord } from "./key-record.ts";

/** Bytes of an HMAC secret, as long as the hash (RFC 7518 §3.2). */
const secretBytes: Partial<Record<JwsAlgorithm, number>> = { HS256: 32, HS384: 48, HS512: 64 };

/** Makes a new key: 256 bits for xiaozhi , the algorithm's own size or kind for JWT. */
export function generateKey(
  scheme: "xiaozhi-hmac" | "jwt",
  id: string,
  generation: number,
  now: Date,
  algorithm: JwsAlgorithm = "HS256",
): KeyRecord {
  const base = {
    version: 1 as const,
    id,
    scheme,
    generation,
    createdAt: now.toISOString(),
    origin: "generated" as const,
  };
  if (scheme === "xiaozhi-hmac") {
    return { ...base, algorithm: "HMAC-SHA256", secret: randomXiaozhiKey() };
  }
  const bytes = secretBytes[algorithm];
  // The text itself is the secret (`secretEncoding: text`), so that it can be pasted into firmware and brokers as it is.
  if (bytes !== undefined) return { ...base, algorithm, secret: randomBytes(bytes).toString("hex") };
  return { ...base, algorithm, ...generatePair(algorithm) };
}

/** 256 bits as base64url text, drawn again until xiaozhi's own rule for signature keys is content with it too. */
function randomXiaozhiKey(): string {
  for (;;) {
    const secret = randomBytes(32).toString("base64url");
    if (xiaozhiKeyRule(secret).length === 0) return secret;
  }
}

function generatePair(algorithm: JwsAlgorithm): { publicKey: string; privateKey: string } {
  const publicKeyEncoding = { type: "spki", format: "pem" } as const;
  const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;
  switch (algorithm) {
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256", publicKeyEncoding, privateKeyEncoding });
    case "EdDSA":
      return generateKeyPairSync("ed25519", { publicKeyEncoding, privateKeyEncoding });
    default:
      return generateKeyPairSync("rsa", { modulusLength: 3072, publicKeyEncoding, privateKeyEncoding });
  }
}
