import type { Claim, KeyMaterial } from "@connack/credentials";
import type { KeyRing } from "../provisioning/key-ring.ts";
import type { FindDevice } from "./find-device.ts";

/**
 * Step 3: exactly what the scheme needs. Keys come from memory; the store is asked only for a password hash, since
 * there the hash is the key.
 */
export function createLoadMaterial(keyRing: Pick<KeyRing, "keys">, findDevice: FindDevice) {
  return (claim: Claim): KeyMaterial | Promise<KeyMaterial> => {
    switch (claim.needs) {
      case "key ring":
        return { kind: "key ring", keys: keyRing.keys() };
      case "password hash":
        return loadHash(claim, findDevice);
      case "nothing":
        return { kind: "nothing" };
    }
  };
}

async function loadHash(claim: Claim, findDevice: FindDevice): Promise<KeyMaterial> {
  const device = await findDevice(claim.identity);
  return { kind: "password hash", hash: device?.passwordHash };
}
