import type { Duplex } from "node:stream";
import { type Acl, type AllowDecision, compileAcl } from "@connack/credentials";
import type { Client } from "aedes";
import type { OutgoingPublish } from "./authorize-publish.ts";
import type { WantedFilter } from "./authorize-subscribe.ts";
import type { DisconnectReason, EndReason } from "./embedded-broker-event.ts";
import type { EventBudget } from "./event-budget.ts";
import type { CertificateNames, ListenerName } from "./listeners/arrival.ts";
import { printable } from "./printable.ts";

/** One connection and what we know about its client. */
export interface Connection {
  readonly client: Client;
  /** What MQTT is spoken on: a TCP or TLS socket, or the stream of a WebSocket. */
  readonly socket: Duplex;
  /** Where it came in. */
  readonly listener: ListenerName;
  /** What its verified client certificate says; absent without one. */
  readonly certificate?: CertificateNames;
  /** Textual IP address; empty if the peer was gone before we could ask. */
  readonly peerHost: string;
  /** Limits the events about what this client may not do. */
  readonly deniedEvents: EventBudget;
  /** Filters granted to this connection. */
  readonly filters: Set<string>;
  /** Those of them that the broker subscribed to for the device, and the device itself has not since. */
  filtersByBroker?: Set<string>;
  protocolVersion?: 3 | 4 | 5;
  /** The CONNECT had none: aedes made one up. */
  clientIdAssigned?: boolean;
  /** Clean Session, or Clean Start in MQTT 5. */
  cleanStart: boolean;
  /** The will of the CONNECT: the object that aedes publishes when it fires. */
  will?: OutgoingPublish;
  /** An event has said that the will is denied. */
  toldOfWill?: true;
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
  acl: Acl;
  /** What the broker subscribes to for the device. */
  subscriptions: readonly WantedFilter[];
  order: number;
}

export function accessFrom(decision: AllowDecision, order: number): Access {
  const { deviceId, acl, subscriptions = [] } = decision;
  return { deviceId, acl: compileAcl(acl), subscriptions: [...subscriptions], order };
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
