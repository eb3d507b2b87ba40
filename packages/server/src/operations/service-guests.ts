import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { AclRule, AllowDecision, ConnectRequest } from "@connack/credentials";
import { guestPrefix } from "../registry/device.ts";

/** What a short-lived service connects with, once. */
export interface GuestCredential {
  /** Also the client id. */
  username: string;
  password: string;
  /** Unix milliseconds: until then it has to connect. */
  connectBefore: number;
}

/**
 * Short-lived services of the command line, for the embedded broker only: in memory, never in the registry, each with
 * the rights for one purpose.
 */
export interface Guests {
  /** Makes a credential that lets in one connection with these rules. */
  invite(rules: readonly AclRule[]): GuestCredential;
  /** Lets a guest in and forgets the credential; `undefined` when this is none of the guests. */
  admit(request: ConnectRequest): AllowDecision | undefined;
}

interface Invitation {
  /** SHA-256 of the password, which has 256 random bits of its own. */
  hash: Buffer;
  rules: AclRule[];
  connectBefore: number;
}

const lifeMs = 120_000;
/** Invitations that wait; the oldest makes room. Only the owner of the data folder can make any. */
const mostWaiting = 100;
const denyRest: AclRule = { permission: "deny", action: "all", topic: "#" };

export function createGuests(nowMs: () => number): Guests {
  const waiting = new Map<string, Invitation>();

  function dropOld(now: number): void {
    for (const [name, { connectBefore }] of waiting) {
      if (connectBefore > now && waiting.size < mostWaiting) return;
      waiting.delete(name);
    }
  }

  return {
    invite(rules) {
      const now = nowMs();
      dropOld(now);
      const username = guestPrefix + randomBytes(12).toString("hex");
      const password = randomBytes(32).toString("base64url");
      const connectBefore = now + lifeMs;
      waiting.set(username, { hash: hashOf(password), rules: [...rules, denyRest], connectBefore });
      return { username, password, connectBefore };
    },
    admit({ username, clientId, password }) {
      const invitation = waiting.get(username);
      if (!invitation || clientId !== username || nowMs() >= invitation.connectBefore) return undefined;
      if (!timingSafeEqual(hashOf(password), invitation.hash)) return undefined;
      waiting.delete(username);
      return {
        result: "allow",
        deviceId: username,
        scheme: "password",
        acl: invitation.rules,
        clientAttrs: { device: username },
      };
    },
  };
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
