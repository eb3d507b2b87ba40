import type { ClientInternals, StoredPacket } from "../aedes-internals.ts";
import type { Message, Outbox, Outgoing, Sending } from "../stores/outbox.ts";
import { messageFrom, type OutgoingStore } from "../stores/outgoing-store.ts";
import { encodeDeliveryProperties, encodePublishHead, encodePubrel } from "./encode-publish.ts";
import { PublisherBrake } from "./publisher-brake.ts";

export interface DeliveryRules {
  /** Most messages that may be unacknowledged at once; a client may want fewer. */
  maxInFlight: number;
  /** False from the moment the client is to be sent nothing more. */
  isOpen(client: ClientInternals): boolean;
  /** Asked for each message that is about to be sent. */
  mayReceive(client: ClientInternals, packet: { topic: string }): boolean;
  /** A message was dropped: longer than the client takes, or too much waits for it. */
  dropped(client: ClientInternals, why: "larger_than_client_takes" | "queue_full"): void;
  /** The client does not read, and too much waits for it; has to end the client. */
  tooSlow(client: ClientInternals): void;
  /** Sending has failed; has to end the client. */
  failed(client: ClientInternals, error: unknown): void;
}

/**
 * Sends messages to one client in the place of aedes, which knows no flow control towards clients: it sends more than
 * the client's Receive Maximum (MQTT 5 §4.9) and packets larger than its Maximum Packet Size [MQTT-3.1.2-24], fills the
 * memory with what a client does not read while it stops all who publish to it, and lowers the QoS of a message that
 * matches several filters to that of a filter equal to the topic.
 */
export class Delivery {
  readonly #client: ClientInternals;
  readonly #store: OutgoingStore;
  readonly #rules: DeliveryRules;
  readonly #brake = new PublisherBrake();
  readonly #onAdded = () => this.#flushSoon();
  /** Messages since the last flush whose payload is a window into the chunk of the publisher's socket. */
  #borrowed: Message[] = [];
  #outbox: Outbox | undefined;
  #isStarted = false;
  #isFlushDue = false;
  #waitsForDrain = false;

  constructor(client: ClientInternals, store: OutgoingStore, rules: DeliveryRules) {
    this.#client = client;
    this.#store = store;
    this.#rules = rules;
    client.deliver0 = (packet, done) => this.#deliver(packet, 0, done);
    client.deliverQoS = (packet, done) => this.#deliver(packet, packet.qos, done);
    client.conn.once("close", () => this.#end());
  }

  /** To be called when the client is registered: from now on the session is this connection's. */
  takeSession(): void {
    const { maxInFlight } = this.#rules;
    const { clean, conn, id, receiveMaximum } = this.#client;
    if (conn.destroyed) return;
    // A session that is to end with this connection may go on with what waited for it (MQTT 5 §3.1.2.11.2).
    this.#outbox = clean ? (this.#store.get(id ?? "") ?? this.#store.createPassing()) : this.#store.of(id ?? "");
    this.#outbox.connect(Math.min(receiveMaximum ?? maxInFlight, maxInFlight), this.#onAdded);
  }

  /** The CONNACK is out: sends what waits, first what the former connection left unacknowledged. */
  start(): void {
    this.#isStarted = true;
    this.#flush();
  }

  acknowledged(id: number): void {
    this.#answered((outbox) => outbox.acknowledge(id));
  }

  released(id: number): void {
    this.#answered((outbox) => outbox.release(id));
  }

  /** A message for one of the client's subscriptions. `done` lets its publisher go on. */
  #deliver(packet: StoredPacket, qos: number, done: () => void): void {
    // What was published to a session that outlives its connection is in the store already.
    const isStored = qos > 0 && packet.brokerId !== null && !this.#client.clean;
    if (!isStored) this.#add(packet, qos);
    this.#brake.pass(done, this.#outbox?.isFilling ?? false);
  }

  #answered(take: (outbox: Outbox) => void): void {
    // The session may have gone on to another connection.
    if (this.#outbox?.isConnected(this.#onAdded) !== true) return;
    take(this.#outbox);
    this.#flushSoon();
  }

  #add(packet: StoredPacket, qos: number): void {
    if (this.#outbox === undefined || (packet.nl === true && packet.clientId === this.#client.id)) return;
    const message: Message = messageFrom(packet);
    const outgoing: Outgoing = { message, qos, retain: packet.retain };
    const subscriptionIdentifier = packet.properties?.subscriptionIdentifier;
    if (subscriptionIdentifier !== undefined) outgoing.subscriptionIdentifier = subscriptionIdentifier;
    if (this.#outbox.add(outgoing) === "dropped") {
      const isBlocked = this.#waitsForDrain && this.#client.conn.writableNeedDrain && this.#brake.isOutOfPatience;
      if (isBlocked) this.#rules.tooSlow(this.#client);
      else this.#rules.dropped(this.#client, "queue_full");
      return;
    }
    this.#borrowed.push(message);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => {
      this.#isFlushDue = false;
      this.#flush();
      const { waiting = 0 } = this.#outbox ?? {};
      // What went out at once needed no copy; what waits must not hold the whole chunk it came in.
      if (waiting > 0) for (const message of this.#borrowed) message.payload = Buffer.from(message.payload);
      this.#borrowed = [];
    });
  }

  #flush(): void {
    const outbox = this.#outbox;
    const { conn } = this.#client;
    if (!this.#isStarted || outbox?.isConnected(this.#onAdded) !== true) return;
    conn.cork();
    try {
      while (this.#mayWrite()) {
        const sending = outbox.next();
        if (sending === undefined) break;
        if (sending.outgoing !== undefined) this.#brake.taken(outbox.shareOf(sending.outgoing.message));
        if (!this.#send(sending) && sending.id > 0) outbox.acknowledge(sending.id);
      }
    } catch (error) {
      this.#rules.failed(this.#client, error);
    } finally {
      conn.uncork();
    }
    if (!outbox.isFilling) this.#brake.caughtUp();
    if (outbox.waiting > 0 && conn.writableNeedDrain) this.#waitForDrain();
  }

  #mayWrite(): boolean {
    const { conn } = this.#client;
    return conn.writableLength < mostUnsentBytes && !conn.destroyed && this.#rules.isOpen(this.#client);
  }

  /** Within the time aedes gives a client to read. */
  #waitForDrain(): void {
    if (this.#waitsForDrain) return;
    this.#waitsForDrain = true;
    this.#client.waitForDrain((error) => {
      this.#waitsForDrain = false;
      if (!error) this.#flush();
    });
  }

  /** Returns false if the message was not sent and is not to be sent again. */
  #send({ dup, id, outgoing }: Sending): boolean {
    const client = this.#client;
    if (outgoing === undefined) {
      client.conn.write(encodePubrel(id));
      return true;
    }
    const { message, qos, retain } = outgoing;
    const nowMs = Date.now();
    if (message.expiresAtMs !== undefined && message.expiresAtMs < nowMs) return false;
    if (!this.#rules.mayReceive(client, message)) return false;
    const properties = client.version === 5 ? this.#propertiesOf(outgoing, nowMs) : undefined;
    const { payload, topic } = message;
    const head = encodePublishHead({ topic, qos, retain, dup, id, properties }, payload.length);
    if (head.length + payload.length > (client.maximumPacketSize ?? Number.POSITIVE_INFINITY)) {
      this.#rules.dropped(client, "larger_than_client_takes");
      return false;
    }
    write(client, head, payload);
    return true;
  }

  #propertiesOf({ filter, message, subscriptionIdentifier }: Outgoing, nowMs: number): Buffer {
    const { expiresAtMs, properties } = message;
    const identifier = filter === undefined ? subscriptionIdentifier : this.#client.subscriptions[filter]?.si;
    const secondsLeft = expiresAtMs === undefined ? undefined : Math.ceil((expiresAtMs - nowMs) / 1000);
    const own = encodeDeliveryProperties(secondsLeft, identifier);
    return own.length === 0 ? properties : Buffer.concat([own, properties]);
  }

  #end(): void {
    this.#brake.end();
    const { clean, id } = this.#client;
    if (this.#outbox?.isConnected(this.#onAdded) !== true) return;
    this.#outbox.disconnect(this.#onAdded);
    if (clean) this.#store.drop(id ?? "");
    else this.#store.left(id ?? "");
  }
}

/** What is handed to the socket at once; with the 16 KiB after which a stream asks to wait, each would take a turn. */
const mostUnsentBytes = 128 * 1024;

/** Payloads up to this are copied behind their head: one write is cheaper than two. */
const worthCopying = 1_024;

function write({ conn }: ClientInternals, head: Buffer, payload: Buffer): void {
  if (payload.length <= worthCopying) {
    conn.write(payload.length === 0 ? head : Buffer.concat([head, payload]));
    return;
  }
  conn.write(head);
  conn.write(payload);
}
