import { randomBytes } from "node:crypto";
import { hashPassword } from "@connack/credentials/verify";
import type { DeviceCredentials } from "@connack/device";
import type { IssuedCredential } from "../operations/issue-credential.ts";
import { eachAtOnce } from "./each-at-once.ts";
import type { IdentityNames } from "./identity-names.ts";
import { type CallServer, mostAtOnce } from "./server-calls.ts";
import type { SimulatedScheme } from "./simulation-plan.ts";

export interface Identities {
  readonly names: IdentityNames;
  /**
   * Registers them, with the rights of the profile `sensor`. Told after each how many are done. Once the signal is
   * aborted it begins no more, and rejects when those under way are done.
   */
  add(ids: readonly string[], signal?: AbortSignal, onProgress?: (done: number) => void): Promise<void>;
  /** A new credential of a registered one; only tokens end, after so many seconds or as the server has it. */
  credentials(id: string, expiresInSeconds?: number): Promise<DeviceCredentials>;
  /** Lets it connect no more. */
  disable(id: string): Promise<void>;
}

/**
 * Identities for one run, made by the running server. Those with passwords share one: to hash a password for each would
 * take a tenth of a second and a core. What its check costs the server is the same.
 */
export async function createIdentities(
  call: CallServer,
  names: IdentityNames,
  scheme: SimulatedScheme,
): Promise<Identities> {
  const password = randomBytes(32).toString("base64url");
  const hash = scheme === "password" ? await hashPassword(password) : undefined;
  // Devices of xiaozhi may not publish to themselves.
  if (scheme === "xiaozhi-hmac") await call("acl.set", { group: names.group, profile: "sensor" });
  return {
    names,
    async add(ids, signal, onProgress = () => {}) {
      let done = 0;
      const more = { schemes: [scheme], group: names.group, ...(hash !== undefined && { password: { hash } }) };
      const addOne = async (id: string) => {
        await call("device.add", { id, ...more });
        onProgress(++done);
      };
      await eachAtOnce(ids, mostAtOnce, addOne, signal);
    },
    async credentials(id, expiresIn) {
      if (scheme === "password") return { clientId: id, username: id, password };
      const input = { device: id, scheme, ...(scheme === "jwt" && expiresIn !== undefined && { expiresIn }) };
      const issued = await call<IssuedCredential>("credential.issue", input);
      const { clientId, username, expiresAt } = issued;
      return {
        clientId,
        username,
        password: issued.password,
        ...(expiresAt !== undefined && { expiresAt: Math.floor(Date.parse(expiresAt) / 1000) }),
      };
    },
    async disable(id) {
      await call("device.disable", { id });
    },
  };
}
