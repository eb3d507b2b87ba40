import { createHmac, createPublicKey, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { compactVerify } from "jose";
import { isObject, type JsonObject } from "../json.ts";

/** Keys that tokens may be signed with; a JWKS changes with time. */
export interface JwtKeys {
  current(): readonly KeyObject[];
  close(): void;
}

export function fixedKey(key: KeyObject): JwtKeys {
  return { current: () => [key], close: () => {} };
}

/** The shared secret; `undefined` where it is said to be Base64 and is not. */
export function hmacKey(secret: string, base64: boolean): KeyObject | undefined {
  if (!base64) return createSecretKey(Buffer.from(secret));
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(secret) || secret.length % 4 !== 0) return undefined;
  return createSecretKey(Buffer.from(secret, "base64"));
}

/** A public key in PEM; `undefined` for anything else. */
export function pemKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

/** Keys of an endpoint: fetched when made and every refresh_interval (at least 10 s); a failure keeps the old ones. */
export function endpointKeys(config: JsonObject): JwtKeys & { refresh(): Promise<void> } {
  let keys: KeyObject[] = [];
  const headers = isObject(config["headers"]) ? (config["headers"] as Record<string, string>) : {};
  const fetchOnce = async () => {
    try {
      const answer = await fetch(String(config["endpoint"]), { headers, signal: AbortSignal.timeout(5000) });
      const set = (await answer.json()) as { keys: JsonObject[] };
      keys = set.keys.map((jwk) =>
        jwk["kty"] === "oct"
          ? createSecretKey(Buffer.from(String(jwk["k"]), "base64url"))
          : createPublicKey({ key: jwk as never, format: "jwk" }),
      );
    } catch {
      // The old keys go on.
    }
  };
  // Each of EMQX's workers asks by itself.
  const refresh = async () => {
    await Promise.all(Array.from({ length: Number(config["pool_size"] ?? 8) }, fetchOnce));
  };
  const timer = setInterval(() => void refresh(), Math.max(10, Number(config["refresh_interval"] ?? 300)) * 1000);
  timer.unref();
  return { current: () => keys, close: () => clearInterval(timer), refresh };
}

/** The claims of a token that one of the keys has signed; `kid` is not looked at. */
export async function verifySignature(token: string, keys: readonly KeyObject[]): Promise<JsonObject | undefined> {
  for (const key of keys) {
    const payload = await verifyWith(token, key);
    if (payload) return readClaims(payload);
  }
  return undefined;
}

async function verifyWith(token: string, key: KeyObject): Promise<Buffer | undefined> {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  if (more.length > 0) return undefined;
  const alg = readClaims(Buffer.from(header, "base64url"))?.["alg"];
  const hash = /^HS(256|384|512)$/.exec(String(alg))?.[1];
  if (key.type === "secret") {
    if (!hash) return undefined;
    const expected = createHmac(`sha${hash}`, key).update(`${header}.${payload}`).digest();
    const given = Buffer.from(signature, "base64url");
    const same = given.length === expected.length && timingSafeEqual(given, expected);
    return same ? Buffer.from(payload, "base64url") : undefined;
  }
  if (hash) return undefined;
  return compactVerify(token, key).then(
    (verified) => Buffer.from(verified.payload),
    () => undefined,
  );
}

function readClaims(bytes: Buffer): JsonObject | undefined {
  try {
    const claims: unknown = JSON.parse(bytes.toString("utf8"));
    return isObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
