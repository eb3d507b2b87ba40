import { parseXiaozhiClientId } from "@connack/credentials";
import type { CredentialsProvider } from "../device-credentials.ts";
import { requiredText } from "./required-text.ts";

/** A xiaozhi credential as it was handed out. `undefined` is what an environment gives for a variable that is not set. */
export interface XiaozhiHmacOptions {
  /** `<group>@@@<mac>@@@<text>`. */
  clientId: string | undefined;
  username: string | undefined;
  /** 44 characters. */
  password: string | undefined;
}

/**
 * One xiaozhi credential for good: it was signed elsewhere, has no expiry, and is the same each time. Throws TypeError
 * naming the option that is missing or has another form. `checkIn` asks a server for one.
 */
export function xiaozhiHmac(options: XiaozhiHmacOptions): CredentialsProvider {
  const clientId = requiredText("clientId", options.clientId);
  const username = requiredText("username", options.username);
  const password = requiredText("password", options.password);
  if (parseXiaozhiClientId(clientId)?.third === undefined) {
    throw new TypeError("clientId has to be <group>@@@<mac>@@@<text>, as the server gave it");
  }
  if (!/^[A-Za-z0-9+/]{43}=$/.test(password)) {
    throw new TypeError("password has to be the Base64 of an HMAC-SHA256, 44 characters with nothing around them");
  }
  return { name: "xiaozhi HMAC", needsClock: false, get: () => ({ clientId, username, password }) };
}
