import type { KeyRing, KeyScheme } from "../provisioning/key-ring.ts";
import type { PreparedKey } from "../provisioning/prepare-key.ts";
import { OperationError } from "./operation.ts";

/** The key to issue with: the one of that id, else the newest. Throws `key_not_found` or `no_key`. */
export function findIssuingKey(keyRing: Pick<KeyRing, "issuingKey">, scheme: KeyScheme, id?: string): PreparedKey {
  const key = keyRing.issuingKey(scheme, id);
  if (key) return key;
  if (id !== undefined)
    throw new OperationError("key_not_found", `there is no ${scheme} key ${id} that can issue`, "connack key list");
  throw new OperationError(
    "no_key",
    `there is no ${scheme} key to sign with here`,
    `connack key add --scheme ${scheme}${scheme === "jwt" ? "; a public key alone cannot sign" : ""}`,
  );
}
