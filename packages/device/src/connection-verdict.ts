import type { ConnectionEnd } from "./connection.ts";
import type { DeviceProblem } from "./device-problem.ts";
import { reasonName } from "./reason-code.ts";
import { textOf } from "./text-of.ts";

export type EndKind = "refreshed" | "stopped" | "expired" | "taken over" | "closed by broker" | "lost";

/** What to make of the end of a connection that the device did not end itself. */
export interface ConnectionVerdict {
  kind: EndKind;
  problem: DeviceProblem;
  /** The credentials are no use any more. */
  dropsCredentials: boolean;
  /** Trying again soon is of no use. */
  slower: boolean;
}

/** Of MQTT 5 §3.14.2.1. */
const notAuthorized = 0x87;
const maximumConnectTime = 0xa0;
/** What brokers say when a login is over. */
const endsLogins = [notAuthorized, maximumConnectTime];

const words: Readonly<Record<number, string>> = {
  135: "The broker closed the connection: this device may not be there, or do what it did.",
  139: "The broker is shutting down.",
  141: "The broker heard nothing of this device for too long.",
  149: "The broker closed the connection: a message is larger than it takes.",
  150: "The broker closed the connection: this device sends more than it may.",
  152: "The broker closed the connection by order of whoever runs it: this device was kicked.",
  160: "The broker closed the connection: it lasted as long as it may.",
};

/** By the other side, in order or by reset; not because nothing was heard of it. */
export function wasClosed({ error }: ConnectionEnd): boolean {
  return error === undefined || (error as { code?: unknown }).code === "ECONNRESET";
}

/** @param isExpiry the credentials had come to their end */
export function connectionVerdict(
  end: ConnectionEnd,
  { isTakenOver, isExpiry }: { isTakenOver: boolean; isExpiry: boolean },
): ConnectionVerdict {
  const { code, error } = end;
  const isTold = isExpiry && wasClosed(end) && (code === undefined || endsLogins.includes(code));
  const withCode = code === undefined ? {} : { code };
  const suffix = code === undefined ? "" : ` ${code} (${reasonName(code)})`;
  if (isTakenOver) {
    return { kind: "taken over", problem: takenOver(code), dropsCredentials: false, slower: true };
  }
  if (isTold) {
    const sentence = `The broker closed the connection${suffix} as the credentials expired before there were new ones.`;
    const fix =
      "New ones are made for the next attempt. See why they came late: the provider, or the clock of the device.";
    return {
      kind: "expired",
      problem: { kind: "token", sentence, fix, ...withCode },
      dropsCredentials: true,
      slower: false,
    };
  }
  const fix = "The device connects again by itself.";
  if (code !== undefined) {
    const sentence = `${words[code] ?? "The broker closed the connection."} DISCONNECT said${suffix}.`;
    const problem: DeviceProblem = { kind: "connection_lost", sentence, fix, code };
    const dropsCredentials = endsLogins.includes(code);
    return { kind: "closed by broker", problem, dropsCredentials, slower: code !== maximumConnectTime };
  }
  const sentence = error
    ? `The connection was lost: ${textOf(error)}.`
    : "The connection was closed by the other side.";
  const kind = error ? "lost" : "closed by broker";
  return { kind, problem: { kind: "connection_lost", sentence, fix }, dropsCredentials: false, slower: false };
}

function takenOver(code: number | undefined): DeviceProblem {
  const fix = "Give each device an id of its own; look for a second program, or a copied configuration.";
  if (code !== undefined) {
    const sentence = `Another client uses the client id of this device: the broker closed this connection for it, ${code} (${reasonName(code)}).`;
    return { kind: "taken_over", sentence, fix, code };
  }
  const sentence =
    "The broker accepts this device and soon closes the connection, again and again: most often a second client uses its client id, and the two throw each other out.";
  return {
    kind: "taken_over",
    sentence,
    fix: `${fix} If there is none, the broker's log tells which packet it does not like.`,
  };
}
