import { generate } from "mqtt-packet";
import { splitShare } from "../authz/topic-match.ts";
import type { Message } from "./message.ts";
import { acknowledge } from "./write-packets.ts";

export interface Subscription {
  /** As the client wrote it. */
  topic: string;
  qos: 0 | 1 | 2;
  nl: number;
  rap: number;
  rh: number;
  identifier: number | undefined;
}

interface Delivery {
  message: Message;
  qos: 0 | 1 | 2;
  retain: boolean;
  identifier: number | undefined;
  sent: boolean;
  /** The receiver has said PUBREC: PUBREL is what is sent again. */
  received: boolean;
}

/** Where packets of a session go while its client is there. */
export interface Wire {
  version: number;
  write(bytes: Buffer): void;
}

const maxInflight = 32;
const maxQueue = 1000;

/** What EMQX keeps for a client id: subscriptions and messages that were not acknowledged. */
export class Session {
  readonly clientId: string;
  readonly createdAt = Date.now();
  readonly subscriptions = new Map<string, Subscription>();
  /** Packet ids of QoS 2 messages of the client that wait for PUBREL. */
  readonly awaitingRelease = new Set<number>();
  /** Seconds it lives without its client. */
  expirySeconds = 0;
  droppedMessages = 0;
  #wire: Wire | undefined;
  #inflight = new Map<number, Delivery>();
  #queue: Delivery[] = [];
  #lastId = 0;

  constructor(clientId: string) {
    this.clientId = clientId;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get inflight(): number {
    return this.#inflight.size;
  }

  /** Binds it to a connection; what was not acknowledged is sent again. */
  attach(wire: Wire): void {
    this.#wire = wire;
    for (const [id, delivery] of this.#inflight) this.#send(id, delivery);
    this.#pump();
  }

  detach(): void {
    this.#wire = undefined;
  }

  deliver(message: Message, subscription: Subscription, fromStore = false): void {
    const qos = Math.min(message.qos, subscription.qos) as 0 | 1 | 2;
    const retain = fromStore || (message.retain && subscription.rap === 1);
    const delivery = { message, qos, retain, identifier: subscription.identifier, sent: false, received: false };
    if (qos === 0 && this.#wire) {
      this.#send(0, delivery);
      return;
    }
    if (this.#queue.length >= maxQueue) {
      this.droppedMessages += 1;
      return;
    }
    this.#queue.push(delivery);
    this.#pump();
  }

  /** PUBACK and PUBCOMP end a delivery. */
  acknowledged(id: number): Message | undefined {
    const delivery = this.#inflight.get(id);
    this.#inflight.delete(id);
    this.#pump();
    return delivery?.message;
  }

  /** PUBREC: the second half of QoS 2. */
  received(id: number): void {
    const delivery = this.#inflight.get(id);
    if (!delivery) return;
    delivery.received = true;
    this.#send(id, delivery);
  }

  #pump(): void {
    if (!this.#wire) return;
    while (this.#inflight.size < maxInflight) {
      const delivery = this.#queue.shift();
      if (!delivery) return;
      if (delivery.qos === 0) this.#send(0, delivery);
      else {
        const id = this.#nextId();
        this.#inflight.set(id, delivery);
        this.#send(id, delivery);
      }
    }
  }

  #send(id: number, delivery: Delivery): void {
    const wire = this.#wire;
    if (!wire) return;
    if (delivery.received) {
      wire.write(acknowledge(0x62, wire.version, id, 0));
      return;
    }
    const { message, qos, retain, identifier, sent } = delivery;
    const properties =
      identifier === undefined ? message.properties : { ...message.properties, subscriptionIdentifier: identifier };
    delivery.sent = true;
    const packet = {
      cmd: "publish" as const,
      topic: message.topic,
      payload: message.payload,
      qos,
      retain,
      dup: sent && qos > 0,
      properties,
    };
    wire.write(generate(qos > 0 ? { ...packet, messageId: id } : packet, { protocolVersion: wire.version }));
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId % 65_535) + 1;
    while (this.#inflight.has(this.#lastId));
    return this.#lastId;
  }
}

/** The filter that topics are matched against. */
export function bareFilter(subscription: Subscription): string {
  return splitShare(subscription.topic).filter;
}
