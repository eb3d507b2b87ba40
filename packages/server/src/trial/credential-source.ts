import type { DeviceCredentials } from "@connack/device";
import type { BrokerAddress, IssuedCredential } from "../operations/issue-credential.ts";

/** What a device logs in with, and what is known about it. */
export interface TrialCredential extends DeviceCredentials {
  /** The device it is for, where that is known. */
  deviceId?: string;
  /** A topic the device may publish to, as far as whoever made it knows. */
  topic?: string;
  /** The embedded broker of whoever made it. */
  broker?: BrokerAddress;
  notes: string[];
}

/** Where a command gets credentials from; where they can be made, each call makes new ones. */
export interface CredentialSource {
  /** In words, such as `JWT made by Connack`. */
  name: string;
  kind: "given" | "made by Connack" | "made here";
  /** They hold the time of this machine. */
  needsClock: boolean;
  get(nowSeconds: number): Promise<TrialCredential>;
}

/** The answer of `credential.issue` as what a device logs in with. */
export function fromIssued({ device, topic, broker, expiresAt, notes, ...issued }: IssuedCredential): TrialCredential {
  return {
    clientId: issued.clientId,
    username: issued.username,
    password: issued.password,
    ...(expiresAt !== undefined && { expiresAt: Math.floor(Date.parse(expiresAt) / 1000) }),
    deviceId: device,
    topic,
    broker,
    notes,
  };
}
