import { canonicalMac } from "@connack/credentials";

/**
 * A MAC as people write and copy it: the forms of client ids, and twelve hex digits without separator, as
 * `aa:bb:cc:dd:ee:ff`; `undefined` for anything else. Never for credentials: there the form is part of the scheme.
 */
export function macFromPerson(text: string): string | undefined {
  return canonicalMac(/^[0-9A-Fa-f]{12}$/.test(text) ? (text.match(/../g) ?? []).join(":") : text);
}
