import type { KeyObject } from "node:crypto";
import type { ConnectRequest } from "./connect-request.ts";
import type { Hint } from "./decision.ts";
import type { DenyReason } from "./deny-reason.ts";

/** Every credential scheme Connack knows, in no order. */
export const schemeNames = ["xiaozhi-hmac", "xiaozhi-unsigned", "jwt", "password", "client-certificate"] as const;
export type SchemeName = (typeof schemeNames)[number];

export function isSchemeName(text: string): text is SchemeName {
  return (schemeNames as readonly string[]).includes(text);
}

/**
 * What a credential looks like before anything is proven: which scheme, whom it claims to be, and what has to be
 * loaded to check it.
 */
export interface Claim {
  scheme: SchemeName;
  /** The claimed identity; for a JWT still unread (empty), because nothing inside counts before the signature. */
  identity: string;
  /** Key id the credential names (JWT `kid`); bounded, unproven. */
  keyId?: string;
  needs: "key ring" | "password hash" | "nothing";
}

/** One key of the ring, prepared for verification when the ring is built. */
export interface VerificationKey {
  id: string;
  scheme: "xiaozhi-hmac" | "jwt";
  /** JWS algorithm this key is for, and no other (RFC 8725 §3.1); `HMAC-SHA256` for xiaozhi. */
  algorithm: JwsAlgorithm | "HMAC-SHA256";
  key: KeyObject;
  /** Counts up with each new key of a scheme; a device may demand a least generation. */
  generation: number;
  /** It signs nothing itself: each device signs with a key that is derived from it and the device's id (HS256). */
  perDevice?: true;
}

export const jwsAlgorithms = ["HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA"] as const;
export type JwsAlgorithm = (typeof jwsAlgorithms)[number];

/**
 * What `loadMaterial` found for a claim. A missing hash is `undefined`: the scheme then spends the same time on a dummy.
 * `previous` is the hash before the last rotation, while it still counts.
 */
export type KeyMaterial =
  | { kind: "key ring"; keys: readonly VerificationKey[] }
  | { kind: "password hash"; hash: string | undefined; previous?: string }
  | { kind: "nothing" };

/**
 * Who the peer has proven to be. Identities of different schemes are different, even with the same text. With
 * `xiaozhi-unsigned` it is only who the peer says it is: nothing is proven there.
 */
export interface DeviceIdentity {
  scheme: SchemeName;
  /** The MAC (lower case, colons) for xiaozhi, `sub` for JWT, the user name for passwords, the name in the certificate. */
  id: string;
  /** Fleet group, where the credential names one (xiaozhi: first part of the client id). */
  group?: string;
}

export type Claims = Readonly<Record<string, unknown>>;

export type Verification =
  | {
      ok: true;
      identity: DeviceIdentity;
      keyId?: string;
      generation?: number;
      /** Unix seconds after which the credential no longer holds, leeway included. */
      expiresAt?: number;
      claims: Claims;
      /** Client attributes that the scheme knows, e.g. `mac`. */
      attributes: Record<string, string>;
      /** It was the password before the last rotation. */
      byPrevious?: true;
    }
  | {
      ok: false;
      reason: DenyReason;
      detail: string;
      hints: Hint[];
      /** Set when the signature was good and only the claims were not: proven, though refused. */
      identity?: DeviceIdentity;
      claims?: Claims;
    };

/**
 * A kind of credential. `identify` looks at the shape only; `verify` proves. Neither throws, whatever the input.
 * Synchronous except for password hashes, which would otherwise block the event loop.
 */
export interface CredentialScheme {
  name: SchemeName;
  /** Shape only: `undefined` when this is not a credential of the scheme. */
  identify(request: ConnectRequest): Claim | undefined;
  verify(
    request: ConnectRequest,
    claim: Claim,
    material: KeyMaterial,
    nowSeconds: number,
  ): Verification | Promise<Verification>;
}
