import type { DenyReason, SchemeName } from "@connack/credentials";

/**
 * `removed` is the tombstone an operator's remove leaves: the device is refused and not enrolled again by itself.
 * `revoked` is final for a device; `disabled` can be enabled again.
 */
export const deviceStatuses = ["active", "pending", "disabled", "revoked", "removed"] as const;
export type DeviceStatus = (typeof deviceStatuses)[number];

/** One device as the registry keeps it. Times are Unix milliseconds. */
export interface Device {
  /** The identity its credential proves, e.g. `aa:bb:cc:dd:ee:ff` or `sensor-1`; at most 256 characters. */
  id: string;
  status: DeviceStatus;
  /** Schemes it may use. Any other is refused with `scheme_not_allowed`, so identities of different schemes never collide. */
  schemes: SchemeName[];
  /** Least generation of a key that its credential may be made with; 0 = any. */
  minKeyGeneration: number;
  group?: string;
  /** Free text attributes, given to the broker as client attributes. */
  attributes: Record<string, string>;
  /** Client ids that belong to this device, latest used last; at most `maxClientIds`. */
  clientIds: string[];
  passwordHash?: string;
  createdAt: number;
  firstSeenAt?: number;
  lastSeenAt?: number;
  lastAddress?: string;
  lastRefusal?: { reason: DenyReason; at: number };
}

/** A device that changes its client id at each attempt keeps this many; the longest unused one is given up. */
export const maxClientIds = 32;
