import type { Claim, KeyMaterial } from "@connack/credentials";
import type { KeyRing } from "../provisioning/key-ring.ts";
import type { FindDevice } from "./find-device.ts";

/**
 * Step 3: exactly what the scheme needs. Keys come from memory; the store is asked only for a password hash, since
 * there the hash is the key.
 */
export function createLoadMaterial(keyRing: Pick<KeyRing, "keys">, findDevice: FindDevice, nowMs: () => number) {
  return (claim: Claim): KeyMaterial | Promise<KeyMaterial> => {
    switch (claim.needs) {
      case "key ring":
        return { kind: "key ring", keys: keyRing.keys() };
      case "password hash":
        return loadHash(claim, findDevice, nowMs);
      case "nothing":
        return { kind: "nothing" };
    }
  };
}

/** The password before the last rotation counts until its time is over, beside one that came after it. */
async function loadHash(claim: Claim, findDevice: FindDevice, nowMs: () => number): Promise<KeyMaterial> {
  const device = await findDevice(claim.identity);
  const hash = device?.passwordHash;
  const previous = device?.previousPassword;
  if (hash === undefined || previous === undefined || previous.until <= nowMs()) return { kind: "password hash", hash };
  return { kind: "password hash", hash, previous: previous.hash };
}
