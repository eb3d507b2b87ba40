import type { DenyReason } from "@connack/credentials";
import type { DeviceStatus } from "../registry/device.ts";

/** Why a device of this status may do nothing. */
export const statusRefusals = {
  active: undefined,
  pending: "device_pending",
  disabled: "device_disabled",
  revoked: "device_revoked",
  removed: "device_removed",
} as const satisfies Record<DeviceStatus, DenyReason | undefined>;
