import type { CredentialSource } from "./credential-source.ts";

/** Claims that `--claim` cannot set. */
export const ownClaims = ["sub", "iat", "exp", "nbf"] as const;

export interface SelfMadeJwtOptions {
  /** Its UTF-8 bytes are the key. */
  secret: string;
  device: string;
  clientId: string;
  username: string;
  lifeSeconds: number;
  claims: Readonly<Record<string, string>>;
}

/** RFC 7518 §3.2: a key at least as long as the hash. */
const leastBytes = 32;

/** HS256 tokens as a device with a secret that all share makes them for itself: sub is the device, iat is now. */
export function selfMadeJwt(options: SelfMadeJwtOptions): CredentialSource {
  const { secret, device, clientId, username, lifeSeconds: lifetimeSeconds } = options;
  const { iss: issuer, aud: audience, ...claims } = options.claims;
  const bytes = Buffer.byteLength(secret);
  const notes =
    bytes < leastBytes
      ? [`The secret has ${bytes} bytes, and HS256 wants ${leastBytes} at least: whoever sees a token can guess it.`]
      : [];
  return {
    name: "HS256 token made here",
    kind: "made here",
    needsClock: true,
    async get(nowSeconds) {
      const { sharedSecretJwt } = await import("@connack/device");
      const provider = sharedSecretJwt({
        ...{ secret, deviceId: device, clientId, username, lifetimeSeconds, claims },
        ...(issuer !== undefined && { issuer }),
        ...(audience !== undefined && { audience }),
      });
      const { signal } = new AbortController();
      const made = await provider.get({ nowSeconds, clientId, signal, heardTime: () => {} });
      return { ...made, deviceId: device, notes };
    },
  };
}
