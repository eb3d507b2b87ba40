import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { jwsAlgorithms, type KeyMaterial, type VerificationKey } from "../credential-scheme.ts";
import { alterEverywhere, recode } from "./alter-text.ts";

/** Material with which a right credential must not get in, and how it was made. */
export interface WrongMaterial {
  how: string;
  material: KeyMaterial;
}

/** Wrong material of every kind; every `every`-th of the small changes to a hash. */
export function* wrongMaterial(right: KeyMaterial, every: number): Generator<WrongMaterial> {
  if (right.kind !== "nothing") yield { how: "no material", material: { kind: "nothing" } };
  yield { how: "an empty key ring", material: { kind: "key ring", keys: [] } };
  yield { how: "no hash", material: { kind: "password hash", hash: undefined } };
  if (right.kind === "key ring") yield* wrongRings(right.keys);
  else yield* [...wrongRings([strangersKey("xiaozhi-hmac"), strangersKey("jwt")])];
  if (right.kind === "password hash") yield* wrongHashes(right.hash ?? "", every);
}

function* wrongRings(keys: readonly VerificationKey[]): Generator<WrongMaterial> {
  const ring = (how: string, change: (key: VerificationKey) => VerificationKey): WrongMaterial => ({
    how: `a key ring with ${how}`,
    material: { kind: "key ring", keys: keys.map(change) },
  });
  yield ring("strangers' keys under the same ids", (key) => ({ ...key, key: anotherKey(key.key) }));
  yield ring("the keys of the other scheme", (key) => ({
    ...key,
    scheme: key.scheme === "jwt" ? "xiaozhi-hmac" : "jwt",
  }));
  for (const algorithm of jwsAlgorithms) {
    // xiaozhi has one algorithm, so only a JWT key says anything with its own.
    if (keys.some((key) => key.scheme !== "jwt" || key.algorithm === algorithm)) continue;
    yield ring(`keys for ${algorithm}`, (key) => ({ ...key, algorithm }));
  }
}

function* wrongHashes(hash: string, every: number): Generator<WrongMaterial> {
  let index = 0;
  for (const { how, text } of [...recode(hash), ...alterEverywhere(hash)]) {
    if (text === hash || Math.imul(index++, 0x9e3779b1) >>> 0 >= 2 ** 32 / every) continue;
    yield { how: `the hash with ${how}`, material: { kind: "password hash", hash: text } };
  }
  yield { how: "a megabyte as hash", material: { kind: "password hash", hash: "$7$1$".padEnd(2 ** 20, "A") } };
}

function strangersKey(scheme: VerificationKey["scheme"]): VerificationKey {
  const key = createSecretKey(randomBytes(32));
  return { id: "stranger", scheme, algorithm: scheme === "jwt" ? "HS256" : "HMAC-SHA256", key, generation: 1 };
}

/** A fresh key of the same type and size. */
function anotherKey(key: KeyObject): KeyObject {
  if (key.type === "secret") return createSecretKey(randomBytes(key.symmetricKeySize ?? 32));
  switch (key.asymmetricKeyType) {
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: key.asymmetricKeyDetails?.modulusLength ?? 2048 }).publicKey;
    case "ec":
      return generateKeyPairSync("ec", { namedCurve: key.asymmetricKeyDetails?.namedCurve ?? "P-256" }).publicKey;
    case "ed25519":
      return generateKeyPairSync("ed25519").publicKey;
    default:
      throw new Error(`no second key can be made of type ${key.asymmetricKeyType}`);
  }
}
