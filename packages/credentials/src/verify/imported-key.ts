import { createPublicKey, type KeyObject } from "node:crypto";
import type { JwsAlgorithm } from "../credential-scheme.ts";

/** A key read from a text, checked, and bound to one algorithm. */
export interface ImportedKey {
  /** `kid` of a JWK; a PEM has none. */
  id?: string;
  algorithm: JwsAlgorithm;
  /** What verifies: the public key, or the HMAC secret. */
  publicOrSecret: KeyObject;
  /** What signs, where the text held a private key. */
  privateKey?: KeyObject;
}

/** A key text that cannot be used. The message names the problem and holds nothing of the key. */
export class KeyImportError extends Error {
  override name = "KeyImportError";
}

/** Checks kind, size and algorithm of a public or private key, and takes it apart into what verifies and what signs. */
export function bindKey(key: KeyObject, wanted: JwsAlgorithm | undefined): ImportedKey {
  const algorithms = algorithmsOf(key);
  const algorithm = wanted ?? (algorithms[0] as JwsAlgorithm);
  if (!algorithms.includes(algorithm)) {
    throw new KeyImportError(`The key is for ${algorithms.join(" or ")}, not for ${algorithm}.`);
  }
  if (key.type !== "private") return { algorithm, publicOrSecret: key };
  return { algorithm, publicOrSecret: createPublicKey(key), privateKey: key };
}

/** What a key can be used for, the usual first. */
function algorithmsOf(key: KeyObject): JwsAlgorithm[] {
  const details = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa": {
      const { modulusLength = 0, publicExponent = 0n } = details;
      if (modulusLength < 2048) {
        throw new KeyImportError(`The RSA key has ${modulusLength} bits; at least 2048 are needed (RFC 7518 §3.3).`);
      }
      // A larger one would hold up every connect.
      if (modulusLength > 8192)
        throw new KeyImportError(`The RSA key has ${modulusLength} bits; at most 8192 are used.`);
      if (publicExponent < 3n || publicExponent % 2n === 0n) throw new KeyImportError("The RSA exponent is not safe.");
      return ["RS256", "PS256"];
    }
    case "ec":
      if (details.namedCurve === "prime256v1") return ["ES256"];
      throw new KeyImportError(`The curve ${details.namedCurve ?? "of the key"} is not supported; use P-256.`);
    case "ed25519":
      return ["EdDSA"];
    default:
      throw new KeyImportError(`Keys of type ${key.asymmetricKeyType} are not supported; use RSA, P-256 or Ed25519.`);
  }
}
