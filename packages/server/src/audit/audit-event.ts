import type { DenyReason, Hint, SchemeName, TokenTimes } from "@connack/credentials";

/** Every type of event that is kept, with what it tells; docs/audit-events.md is generated from it. */
export const auditTypes = {
  connect: "A device asked to connect, and Connack decided.",
  connack: "A broker refused a CONNECT by itself, without our decision or against it.",
  connected: "A broker told that a device is connected.",
  disconnected: "A connection is over; `reason` says who ended it and why.",
  publish_denied: "A device published to a topic it has no right to.",
  subscribe_denied: "A device subscribed to a filter it has no right to.",
  guard:
    "The embedded broker met one of its bounds or contained a failure, another broker let somebody in without asking, or what came in a broker's name could not be read.",
  change: "A person or a program changed something; `reason` is the operation, `actor` who did it.",
  service: "Connack itself: started, stopped, reloaded, its store or its audit in trouble, its clock set back.",
} as const satisfies Record<string, string>;

export type AuditType = keyof typeof auditTypes;

/**
 * One line of the audit. Repeats of the same refusal are one event that grows: `count` times between `firstAt` and
 * `lastAt`; what differs from one time to the next (detail, address, latency) is that of the last. Never holds a user
 * name, a password or a token.
 */
export interface AuditEvent {
  /** Rises with time and is never used twice; fits a JSON number. */
  id: number;
  type: AuditType;
  /** Unix milliseconds. */
  firstAt: number;
  lastAt: number;
  count: number;
  /** `embedded`, `emqx`, …; `http` where a question could not be read. */
  broker?: string;
  listener?: string;
  /** The device or service it is about. */
  deviceId?: string;
  /** Nothing proved that it was that device: the peer only said so. */
  unproven?: true;
  /** Cut to 256 characters; the text of a token that came in the wrong field is not kept. */
  clientId?: string;
  /** Textual IP address of the device. */
  address?: string;
  scheme?: SchemeName;
  keyId?: string;
  /** Of a decision; `deny` also of a denied topic and of a CONNECT that a broker refused by itself. */
  result?: "allow" | "deny";
  /** A `DenyReason`, why a connection ended, a guard, or the name of an operation. */
  reason?: DenyReason | (string & {});
  /** One sentence for the operator. */
  detail?: string;
  hints?: readonly Hint[];
  /** Topic or filter of the last denial. */
  topic?: string;
  /** Time our decision took, in microseconds. */
  latencyUs?: number;
  /** What the token of the last attempt says of time, and `iat` of the first: together they show the device's clock. */
  token?: TokenTimes & { firstIat?: number };
  /** Who changed something: `cli`, `api:<name of token>`, `connack`. */
  actor?: string;
}

/** An event as it happens, once. `at`: Unix milliseconds, now when absent. */
export type NewAuditEvent = Omit<AuditEvent, "id" | "firstAt" | "lastAt" | "count" | "token"> & {
  at?: number;
  token?: TokenTimes;
};
