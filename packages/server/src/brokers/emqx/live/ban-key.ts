import type { BanKey } from "./bans.ts";

/** How EMQX checks tokens by itself: `brokers.emqx.jwt`. */
export interface LoneTokens {
  /** The field of the CONNECT that holds the token. */
  from: "password" | "username";
  /** Claims by name, and the text each has to be; `${clientid}` and `${username}` stand for what the client says. */
  verifyClaims: Readonly<Record<string, string>>;
}

const placeholder = /\$\{(clientid|username)\}/g;
const wholeClaim = /^\$\{claims\.([^}|]+)\}$/;

/** Which key keeps out which device, both ways. */
export interface BanKeys {
  /** `undefined` for a name that no token can have. */
  keyOf(deviceId: string): BanKey | undefined;
  /** `undefined` for a ban that is about no device of ours. */
  deviceOf(key: BanKey): string | undefined;
}

/**
 * Gives the keys by which EMQX can keep out devices whose tokens it checks without asking Connack: the client id or user
 * name that `verifyClaims` binds to the claim that names the device. `undefined` where nothing is bound to it: then
 * nobody can tell by what such a device comes.
 *
 * @param identity `credentials.jwt.identity`
 */
export function createBanKeys({ from, verifyClaims }: LoneTokens, identity: string): BanKeys | undefined {
  const claim = wholeClaim.exec(identity)?.[1];
  const template = claim === undefined || !Object.hasOwn(verifyClaims, claim) ? undefined : verifyClaims[claim];
  const [found, ...others] = [...(template ?? "").matchAll(placeholder)];
  if (template === undefined || found === undefined || others.length > 0) return undefined;
  const as: BanKey["as"] = found[1] === "username" ? "username" : "clientid";
  // A token in the field of the user name is compared with itself.
  if (as === "username" && from === "username") return undefined;
  const before = template.slice(0, found.index);
  const after = template.slice(found.index + found[0].length);
  return {
    keyOf(deviceId) {
      const isItsForm = deviceId.startsWith(before) && deviceId.endsWith(after);
      const who = isItsForm ? deviceId.slice(before.length, deviceId.length - after.length) : "";
      return who === "" ? undefined : { as, who };
    },
    deviceOf: (key) => (key.as === as ? `${before}${key.who}${after}` : undefined),
  };
}
