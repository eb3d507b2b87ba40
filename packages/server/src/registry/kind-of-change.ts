import type { DeviceChange, DeviceRights } from "./device-registry.ts";

/** Rules hold from the next connect on, and a rotated password does not end a connection while the former one holds. */
export function kindOfChange(rights: DeviceRights): Extract<DeviceChange["kind"], "rights" | "at next connect"> {
  const { profile: _, rules: __, previousPassword, passwordHash, ...others } = rights;
  const isRotation = previousPassword !== undefined && previousPassword !== null;
  const keepsPasswords = passwordHash === undefined && previousPassword === undefined;
  const isHarmless = Object.values(others).every((value) => value === undefined);
  return isHarmless && (keepsPasswords || isRotation) ? "at next connect" : "rights";
}
