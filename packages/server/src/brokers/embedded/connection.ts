import type { Socket } from "node:net";
import type { AclRule, AllowDecision } from "@connack/credentials";
import type { Client } from "aedes";
import type { DisconnectReason, EndReason } from "./embedded-broker-event.ts";
import type { EventBudget } from "./event-budget.ts";
import { printable } from "./printable.ts";

/** One TCP connection and what we know about its client. */
export interface Connection {
  readonly client: Client;
  readonly socket: Socket;
  /** Textual IP address; empty if the peer was gone before we could ask. */
  readonly peerHost: string;
  /** Limits the events about what this client may not do. */
  readonly deniedEvents: EventBudget;
  /** Filters granted to this connection. */
  readonly filters: Set<string>;
  protocolVersion?: 3 | 4 | 5;
  /** Clean Session, or Clean Start in MQTT 5. */
  cleanStart: boolean;
  /** The will of the CONNECT: the object that aedes publishes when it fires. */
  will?: object;
  /** Set when the device was let in. */
  access?: Access;
  /** A refusal was reported already. */
  refused: boolean;
  /** A `connected` event was sent, so a `disconnected` has to follow. */
  announced: boolean;
  /** Set from the moment we want it gone: from then on it has no rights. */
  ended?: EndReason;
  /** What went wrong, when it broke rather than was ended. */
  failure?: DisconnectReason;
  /** The client sent DISCONNECT. */
  saidGoodbye: boolean;
  cancelExpiry?: () => void;
  /** Stops the deadline for an answer to its CONNECT. */
  answered?: () => void;
}

/** What an allowed device may do. `order` counts admissions: of two with one client id the higher is the newer. */
export interface Access {
  deviceId: string;
  acl: readonly AclRule[];
  order: number;
}

export function accessFrom(decision: AllowDecision, order: number): Access {
  return { deviceId: decision.deviceId, acl: decision.acl, order };
}

/** Who it is, for an event. */
export function describePeer(connection: Connection): {
  clientId: string;
  peerHost: string;
  protocolVersion?: 3 | 4 | 5;
} {
  const { client, peerHost, protocolVersion } = connection;
  const clientId = printable((client.id as string | null) ?? "");
  return protocolVersion === undefined ? { clientId, peerHost } : { clientId, peerHost, protocolVersion };
}
