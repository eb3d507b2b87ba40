import { connackCode } from "./connack-code.ts";
import { ConnectRefused } from "./connection.ts";
import { ClockNotSet } from "./device-clock.ts";
import { CredentialsRefused } from "./device-credentials.ts";
import type { SubscriptionRefused } from "./subscriptions.ts";
import { textOf } from "./text-of.ts";

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

/** Why there is no connection. */
export function connectProblem(error: unknown, url: string): DeviceProblem {
  if (error instanceof ConnectRefused) return refusedProblem(error.code);
  return {
    kind: "unreachable",
    sentence: `The broker at ${new URL(url).host} cannot be reached: ${textOf(error)}.`,
    fix: "Look at name, port and TLS of the URL, and at the network; the device tries again by itself.",
  };
}

function refusedProblem(code: number): DeviceProblem {
  const { name, meaning, isCredential } = connackCode(code);
  return {
    kind: "refused",
    code,
    sentence: `The broker refused the connection: ${code} (${name}). ${meaning}`,
    fix: isCredential
      ? "A new credential is made for the next attempt. Why this one was refused: connack device timeline <id>, or the broker's log."
      : "The broker's log says more; the device tries again by itself.",
  };
}

/** Why there are no credentials. */
export function credentialsProblem(error: unknown, provider: string): DeviceProblem {
  if (error instanceof ClockNotSet) return clockProblem;
  return {
    kind: "token",
    sentence: `No credentials from ${provider}: ${textOf(error)}.`,
    fix:
      error instanceof CredentialsRefused
        ? "Asking again is of little use: look at what the device is set up with."
        : "The device asks again by itself.",
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
    sentence:
      stepMs > 0
        ? `The clock of this device was set forward by ${seconds} s, or the device slept so long.`
        : `The clock of this device was set back by ${seconds} s.`,
    fix: "Nothing, if that was right; otherwise look at its network time (NTP).",
  };
}

export function timeProblem(error: unknown, url: string): DeviceProblem {
  return {
    kind: "clock",
    sentence: `${new URL(url).host} does not tell the time: ${textOf(error)}.`,
    fix: "Look at timeUrl; until then the device goes by its own clock.",
  };
}

export function noTimeLeftProblem(provider: string): DeviceProblem {
  return {
    kind: "clock",
    sentence: `By the clock of this device, the new credentials from ${provider} have expired already.`,
    fix: "Look at the clock of the device (NTP, or a timeUrl), then at what the provider gives; the device tries them.",
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
