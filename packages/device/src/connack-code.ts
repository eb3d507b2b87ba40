import { connackCodes } from "@connack/credentials";
import { reasonName } from "./reason-code.ts";

/** The answer to CONNECT, for people: its return code (MQTT 3.1.1 §3.2.2.3) or reason code (MQTT 5 §3.2.2.2). */
export interface ConnackCode {
  code: number;
  /** As the specification calls it. */
  name: string;
  /** One sentence. */
  meaning: string;
  /** The credential is no use as it is: a new one is needed before the next attempt. */
  isCredential: boolean;
}

const badLogin = "The broker does not accept user name and password: wrong, expired, or meant for another broker.";
const notAuthorized =
  "The broker does not let this device in; many brokers also say so when user name or password are wrong or expired.";
const version = "The broker does not speak the version of MQTT that this device does.";
const clientId = "The broker does not take the client id of this device.";
const unavailable = "The broker is there, and does not serve now.";

const meanings: Readonly<Record<number, string>> = {
  0: "The broker lets this device in.",
  1: version,
  2: clientId,
  3: unavailable,
  4: badLogin,
  5: notAuthorized,
  132: version,
  133: clientId,
  134: badLogin,
  135: notAuthorized,
  136: unavailable,
  137: "The broker has too much to do.",
  138: "The broker has banned this device.",
  140: "The broker wants a kind of login that this device does not know.",
  149: "CONNECT is larger than the broker takes, most often because of a long token or will.",
  151: "The broker has as many connections, or sessions, as it may.",
  156: "The broker wants this device to use another server for now.",
  157: "The broker has moved to another server for good.",
  159: "Too many devices connect to the broker at once.",
};

/** Brokers tell a bad login by one or the other, as they like: 4, 5, 0x86 and 0x87 count alike. */
const ofCredentials = new Set(Object.values(connackCodes).flat());

export function connackCode(code: number): ConnackCode {
  const name = code === 0 ? "accepted" : reasonName(code);
  const meaning = meanings[code] ?? `The broker refuses the connection: ${name}.`;
  return { code, name, meaning, isCredential: ofCredentials.has(code) };
}
