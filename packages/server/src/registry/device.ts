import type { AclRuleTemplate, DenyReason, SchemeName } from "@connack/credentials";

/**
 * `removed` is the tombstone an operator's remove leaves: the device is refused and not enrolled again by itself.
 * `revoked` is final for a device; `disabled` can be enabled again.
 */
export const deviceStatuses = ["active", "pending", "disabled", "revoked", "removed"] as const;
export type DeviceStatus = (typeof deviceStatuses)[number];

/** A service is a backend, a dashboard, a gateway: it reads and writes for many devices and is no device itself. */
export const deviceKinds = ["device", "service"] as const;
export type DeviceKind = (typeof deviceKinds)[number];

/** One device, or service, as the registry keeps it. Times are Unix milliseconds. */
export interface Device {
  /** The identity its credential proves, e.g. `aa:bb:cc:dd:ee:ff` or `sensor-1`; at most 256 characters. */
  id: string;
  kind: DeviceKind;
  status: DeviceStatus;
  /** Schemes it may use. Any other is refused with `scheme_not_allowed`, so identities of different schemes never collide. */
  schemes: SchemeName[];
  /** Least generation of a key that its credential may be made with; 0 = any. */
  minKeyGeneration: number;
  group?: string;
  /** Free text attributes, given to the broker as client attributes. */
  attributes: Record<string, string>;
  /** Its own profile of rights, before the group's; a name of `authz/profiles.ts`. */
  profile?: string;
  /** Its own rules, before those of group and profile. */
  rules: readonly AclRuleTemplate[];
  /** Client ids that belong to this device, latest used last; at most `maxClientIds`. */
  clientIds: string[];
  passwordHash?: string;
  /** The password before the last rotation, while it may still be used. */
  previousPassword?: PreviousPassword;
  createdAt: number;
  firstSeenAt?: number;
  lastSeenAt?: number;
  lastAddress?: string;
  lastRefusal?: { reason: DenyReason; at: number };
}

export interface PreviousPassword {
  hash: string;
  /** Unix milliseconds. */
  until: number;
}

/** How the names of short-lived services begin that `connack sub` and `pub` connect as; nobody else has such a name. */
export const guestPrefix = "cli-";

export function isGuestName(id: string): boolean {
  return /^cli-[0-9a-f]{24}$/i.test(id);
}

/** A device that changes its client id at each attempt keeps this many; the longest unused one is given up. */
export const maxClientIds = 32;
