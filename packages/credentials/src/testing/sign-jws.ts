import {
  constants,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import type { JwsAlgorithm, VerificationKey } from "../credential-scheme.ts";

/** A fresh key of an algorithm: what signs, and what verifies as the key ring has it. */
export interface TestKey {
  algorithm: JwsAlgorithm;
  signing: KeyObject;
  verification: VerificationKey;
}

export function generateTestKey(algorithm: JwsAlgorithm, id = "k1", generation = 1): TestKey {
  const { publicKey, privateKey } = generatePair(algorithm);
  return {
    algorithm,
    signing: privateKey,
    verification: { id, scheme: "jwt", algorithm, key: publicKey, generation },
  };
}

function generatePair(algorithm: JwsAlgorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (algorithm) {
    case "RS256":
    case "PS256":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "EdDSA":
      return generateKeyPairSync("ed25519");
    case "HS256":
    case "HS384":
    case "HS512": {
      const secret = createSecretKey(randomBytes(64));
      return { publicKey: secret, privateKey: secret };
    }
  }
}

/**
 * Signs header and payload exactly as given, whatever they are: a text goes in as its UTF-8 bytes, anything else as
 * JSON. `algorithm` is what is computed; the header may say something else.
 */
export function signJws(header: unknown, payload: unknown, algorithm: JwsAlgorithm, key: KeyObject): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signature(algorithm, key, input).toString("base64url")}`;
}

export function encode(part: unknown): string {
  if (Buffer.isBuffer(part)) return part.toString("base64url");
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

function signature(algorithm: JwsAlgorithm, key: KeyObject, input: string): Buffer {
  const data = Buffer.from(input);
  switch (algorithm) {
    case "HS256":
    case "HS384":
    case "HS512":
      return createHmac(`sha${algorithm.slice(2)}`, key)
        .update(data)
        .digest();
    case "RS256":
      return sign("sha256", data, key);
    case "PS256":
      return sign("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    case "ES256":
      return sign("sha256", data, { key, dsaEncoding: "ieee-p1363" });
    case "EdDSA":
      return sign(null, data, key);
  }
}
