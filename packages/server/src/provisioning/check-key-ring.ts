import { DamagedFolder } from "../state/read-json-file.ts";
import type { KeyRingOptions, KeyScheme } from "./key-ring.ts";
import type { PreparedKey } from "./prepare-key.ts";

/** Throws `DamagedFolder` when two keys have one id, or a scheme that had a key has none any more. */
export function checkKeyRing(
  { folder, schemes }: Pick<KeyRingOptions, "folder" | "schemes">,
  keys: readonly PreparedKey[],
): void {
  const ids = keys.map((key) => key.record.id);
  const double = ids.find((id, index) => ids.indexOf(id) !== index);
  if (double !== undefined) throw new DamagedFolder(`two keys are called ${double}: rename one (kid or file name)`);
  for (const { record, verification } of keys.filter((key) => key.record.perDevice)) {
    // What it signs as an ordinary secret is the key of some device: such a token would open the whole group.
    const twin = keys.find((key) => key.record !== record && key.verification.key.equals(verification.key));
    if (twin !== undefined) {
      const problem = `key ${record.id} is for deriving the keys of devices, and key ${twin.record.id} is the same secret`;
      throw new DamagedFolder(`${problem}: set another secret in one of them`);
    }
  }
  for (const scheme of schemes) {
    if (keys.some((key) => key.record.scheme === scheme) || !folder.configuredKeys().includes(scheme)) continue;
    throw new DamagedFolder(
      `The ${scheme} key used to come from the configuration and is not there any more. Set it again ` +
        `(${configurationOf[scheme]}), or switch the scheme off with credentials.${settingOf[scheme]}.enabled: false.`,
    );
  }
  if (schemes.length > 0 && keys.length === 0) {
    throw new DamagedFolder(`${folder.path} has no keys and none is configured. Put keys/ back from a backup.`);
  }
}

const configurationOf: Record<KeyScheme, string> = {
  "xiaozhi-hmac": "MQTT_SIGNATURE_KEY or credentials.xiaozhiHmac.key",
  jwt: "credentials.jwt.secret or credentials.jwt.keyFiles",
};
/** Section of the configuration below `credentials`. */
export const settingOf = { "xiaozhi-hmac": "xiaozhiHmac", jwt: "jwt" } as const satisfies Record<KeyScheme, string>;
