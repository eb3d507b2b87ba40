import { connackCode } from "./connack-codes.ts";
import { ConnectRefused } from "./connection.ts";
import { CredentialsRefused } from "./device-credentials.ts";
import type { SubscriptionRefused } from "./subscriptions.ts";

export type ProblemKind =
  | "refused"
  | "unreachable"
  | "clock"
  | "token"
  | "taken_over"
  | "connection_lost"
  | "subscription_refused"
  | "queue_full";

/** What is wrong, for whoever looks after the device. */
export interface DeviceProblem {
  kind: ProblemKind;
  /** One sentence; never holds a password or token. */
  sentence: string;
  /** What to do about it. */
  fix: string;
  /** Reason code of CONNACK, SUBACK or DISCONNECT, where the broker gave one. */
  code?: number;
}

/** Why there is no connection. `url` without what it may hold of user names. */
export function connectProblem(error: unknown, url: string): DeviceProblem {
  if (error instanceof ConnectRefused) return refusedProblem(error.code);
  return {
    kind: "unreachable",
    sentence: `The broker at ${new URL(url).host} cannot be reached: ${textOf(error)}.`,
    fix: "Look at name, port and TLS of the URL, and at the network; the device tries again by itself.",
  };
}

function refusedProblem(code: number): DeviceProblem {
  const { name, isCredential } = connackCode(code);
  return {
    kind: "refused",
    code,
    sentence: `The broker refused the connection: ${code} (${name}).`,
    fix: isCredential
      ? "A new credential is made for the next attempt. Why this one was refused: connack device timeline <id>, or the broker's log."
      : "The broker's log says more; the device tries again by itself.",
  };
}

export function tokenProblem(error: unknown, provider: string): DeviceProblem {
  return {
    kind: "token",
    sentence: `No credentials from ${provider}: ${textOf(error)}.`,
    fix:
      error instanceof CredentialsRefused
        ? "Asking again is of little use: look at what the device is set up with."
        : "The device asks again by itself.",
  };
}

export function endedProblem(error: Error | undefined, code: number | undefined): DeviceProblem {
  return {
    kind: "connection_lost",
    sentence: `The connection was lost: ${error ? textOf(error) : "the broker closed it"}${code === undefined ? "" : ` (code ${code})`}.`,
    fix: "The device connects again by itself.",
    ...(code !== undefined && { code }),
  };
}

export const clockProblem: DeviceProblem = {
  kind: "clock",
  sentence: "The clock of this device is not set, so no token is made.",
  fix: "Let it use network time (NTP), or give it a timeUrl; the device goes on as soon as the clock is plausible.",
};

export function clockSteppedProblem(stepMs: number): DeviceProblem {
  const seconds = Math.round(Math.abs(stepMs) / 1000);
  return {
    kind: "clock",
    sentence: `The clock of this device was set ${stepMs > 0 ? "forward" : "back"} by ${seconds} s, or the device slept.`,
    fix: "Nothing, if that was right; otherwise look at its network time (NTP).",
  };
}

export function takenOverProblem(code: number | undefined): DeviceProblem {
  return {
    kind: "taken_over",
    sentence:
      code === undefined
        ? "The broker accepts this device and soon closes the connection, again and again: most often a second client uses its client id, and the two throw each other out."
        : "Another client uses the client id of this device: the broker closed this connection for it.",
    fix: "Give each device an id of its own; look for a second program, or a copied configuration.",
    ...(code !== undefined && { code }),
  };
}

export function subscriptionProblem({ message, code }: SubscriptionRefused): DeviceProblem {
  return {
    kind: "subscription_refused",
    code,
    sentence: `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
    fix: "Look at the device's rights: connack acl show <id>.",
  };
}

export const queueFullProblem: DeviceProblem = {
  kind: "queue_full",
  sentence: "The queue of messages is full: the oldest are dropped and counted.",
  fix: "See why there is no connection, publish less, or raise queue.messages and queue.bytes.",
};

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as { code?: string }).code || error.name;
}
