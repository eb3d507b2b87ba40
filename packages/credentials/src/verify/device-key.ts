import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/**
 * The key of one device from the key of its group: 64 hexadecimal digits of HMAC-SHA256(group key, device id), which are the
 * HS256 secret as text. Who has one knows nothing of the group's or another device's. The group key must sign nothing itself: its
 * signature of a text is the key of a device with that name.
 */
export function deriveDeviceKey(groupKey: KeyObject, deviceId: string): string {
  return createHmac("sha256", groupKey).update(deviceId, "utf8").digest("hex");
}

/** The same, ready to check a signature with. */
export function deviceKeyObject(groupKey: KeyObject, deviceId: string): KeyObject {
  return createSecretKey(Buffer.from(deriveDeviceKey(groupKey, deviceId), "latin1"));
}
