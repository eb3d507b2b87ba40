import { settingOf } from "./check-key-ring.ts";
import type { KeySettings } from "./key-ring.ts";
import type { PreparedKey } from "./prepare-key.ts";

/** A key that is not removed; `next` says what to do instead. */
export class KeyStays extends Error {
  override name = "KeyStays";
  readonly code: "key_not_found" | "key_configured" | "last_key";
  readonly next: string;
  constructor(code: KeyStays["code"], message: string, next: string) {
    super(message);
    this.code = code;
    this.next = next;
  }
}

/**
 * The key of that id, when the ring can do without it. Throws `KeyStays` for an unknown one, one that the configuration
 * would bring back, and one without which a scheme that is switched on, or the next start, would have no key.
 */
export function checkKeyRemoval(
  { configured, schemes }: Pick<KeySettings, "configured" | "schemes">,
  keys: readonly PreparedKey[],
  id: string,
): PreparedKey {
  const key = keys.find(({ record }) => record.id === id);
  if (key === undefined) throw new KeyStays("key_not_found", `there is no key ${id}`, "connack key list");
  const place = configured.find(({ record }) => record.id === id)?.where;
  if (place !== undefined) {
    throw new KeyStays(
      "key_configured",
      `key ${id} is not in the data folder: it comes from ${place}`,
      "take it out there, then connack config apply",
    );
  }
  const { scheme } = key.record;
  const others = keys.filter((other) => other !== key);
  if (others.length === 0 || (schemes.includes(scheme) && !others.some((other) => other.record.scheme === scheme))) {
    const off = `switch the scheme off with credentials.${settingOf[scheme]}.enabled: false`;
    throw new KeyStays(
      "last_key",
      `key ${id} is the last one for ${scheme}: without it no such credential could be checked`,
      `connack key add --scheme ${scheme}${others.length === 0 ? "" : `; or ${off}`}`,
    );
  }
  return key;
}
