import type { Persistence, StoredPacket, StoredSubscription } from "../aedes-internals.ts";
import { KeptBytes } from "./kept-bytes.ts";
import { messageFrom } from "./message.ts";
import { Outbox, type OutboxBounds } from "./outbox.ts";

export interface OutgoingBounds {
  /** Messages kept for one session. */
  maxMessages: number;
  /** Bytes kept for all sessions together, about what they take in memory. What goes to several counts for each. */
  maxBytes: number;
  /** Messages that wait for one client which is there, beyond those that are kept. */
  maxWaiting: number;
  /** Bytes of these. */
  maxWaitingBytes: number;
}

/**
 * QoS 1 and 2 messages on their way to all sessions, in memory and bounded: aedes' own queue grows without end (50 000
 * messages of 1 kB for one client that is away). When it is full the newest message is not kept; a client that is
 * connected still gets it, once.
 */
export class OutgoingStore {
  readonly #bounds: OutboxBounds;
  readonly #onFull: (clientId: string) => void;
  readonly #outboxes = new Map<string, Outbox>();
  readonly #keptBytes: KeptBytes;

  constructor({ maxMessages, maxBytes, ...waiting }: OutgoingBounds, onFull: (clientId: string) => void) {
    this.#bounds = { maxKept: maxMessages, ...waiting };
    this.#keptBytes = new KeptBytes(maxBytes);
    this.#onFull = onFull;
  }

  /** The messages of a session that outlives its connection. */
  of(clientId: string): Outbox {
    let outbox = this.#outboxes.get(clientId);
    if (outbox === undefined) {
      outbox = new Outbox(this.#bounds, this.#keptBytes);
      this.#outboxes.set(clientId, outbox);
    }
    return outbox;
  }

  /** The same, if there are any. */
  get(clientId: string): Outbox | undefined {
    return this.#outboxes.get(clientId);
  }

  /** For a session that ends with its connection. */
  createPassing(): Outbox {
    return new Outbox({ ...this.#bounds, maxKept: 0 }, this.#keptBytes);
  }

  /** Puts a message into the session of each subscription, with the lower QoS of both (MQTT 5 §3.8.4). */
  enqueue(subscriptions: readonly StoredSubscription[], packet: StoredPacket): void {
    if (subscriptions.length === 0) return;
    // A copy: the parser's payload is a window into a whole chunk of the publisher's socket.
    const message = { ...messageFrom(packet), payload: Buffer.from(packet.payload) };
    for (const { clientId, topic, qos, rap, nl } of subscriptions) {
      if (nl === true && packet.clientId === clientId) continue;
      const outbox = this.of(clientId);
      const retain = rap === true && packet.retain;
      if (outbox.add({ message, qos: Math.min(qos, packet.qos), retain, filter: topic }) !== "kept") {
        this.#onFull(clientId);
      }
      outbox.added();
      this.#forgetIdle(clientId, outbox);
    }
  }

  /** Forgets the messages of a session. */
  drop(clientId: string): void {
    const outbox = this.#outboxes.get(clientId);
    outbox?.clear();
    this.#forgetIdle(clientId, outbox);
  }

  /** To be called when a connection has left its session. */
  left(clientId: string): void {
    this.#forgetIdle(clientId, this.#outboxes.get(clientId));
  }

  get bytes(): number {
    return this.#keptBytes.used;
  }

  /** Sessions with messages, or with a client that is there. */
  get size(): number {
    return this.#outboxes.size;
  }

  #forgetIdle(clientId: string, outbox: Outbox | undefined): void {
    if (outbox?.isIdle) this.#outboxes.delete(clientId);
  }
}

/** Told of what clients answer to messages. */
export interface Answers {
  /** PUBACK, PUBCOMP, or a PUBREC that refuses. */
  acknowledged(client: { id: string }, id: number): void;
  /** PUBREC. */
  released(client: { id: string }, id: number): void;
}

/**
 * Makes aedes keep the messages of persistent sessions in this store, and leave sending them to others: when a client
 * comes back aedes finds nothing to send.
 */
export function installOutgoingStore(persistence: Persistence, store: OutgoingStore, answers: Answers): void {
  persistence.outgoingEnqueue = async ({ clientId }, packet) => {
    store.enqueue([{ clientId, topic: packet.topic, qos: packet.qos }], packet);
  };
  persistence.outgoingEnqueueCombi = async (subscriptions, packet) => store.enqueue(subscriptions, packet);
  persistence.outgoingUpdate = async (client, { messageId }) => answers.released(client, messageId ?? 0);
  persistence.outgoingClearMessageId = async (client, { messageId }) => {
    answers.acknowledged(client, messageId ?? 0);
    return undefined;
  };
  // Not a stream, which would be a third of the work on a CONNECT.
  persistence.outgoingStream = () => [];
}
