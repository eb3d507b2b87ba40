import type { ClientInternals, StoredPacket } from "../aedes-internals.ts";
import { type Message, messageFrom, type Outgoing } from "../stores/message.ts";
import type { Outbox, Sending } from "../stores/outbox.ts";
import type { OutgoingStore } from "../stores/outgoing-store.ts";
import { encodePubrel } from "./encode-publish.ts";
import { PublisherBrake } from "./publisher-brake.ts";
import { writePublish } from "./write-publish.ts";

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
 * Sends messages to one client in the place of aedes. That knows no flow control towards clients: it sends more than
 * the client's Receive Maximum (MQTT 5 §4.9) and packets larger than its Maximum Packet Size [MQTT-3.1.2-24], and fills
 * the memory with what a client does not read while it stops all who publish to it. It drops a message with a number
 * below the last one delivered, taking it for a copy, when one with QoS 0 overtakes one with QoS 1; and it lowers the QoS
 * of a message that matches several filters to that of a filter equal to the topic.
 *
 * A client with overlapping filters gets a copy for each, which MQTT allows (§3.3.4).
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
    if (this.#outbox !== undefined && this.#outbox.waiting > 0) this.#flush();
  }

  acknowledged(id: number): void {
    this.#answered((outbox) => outbox.acknowledge(id));
  }

  released(id: number): void {
    this.#answered((outbox) => outbox.release(id));
  }

  /** A message for one of the client's subscriptions. `done` lets its publisher go on. */
  #deliver(packet: StoredPacket, qos: number, done: () => void): void {
    const { clean, id } = this.#client;
    const isRetained = packet.brokerId === null;
    // What was published to a session that outlives its connection is in the store already.
    const isStored = qos > 0 && !isRetained && !clean;
    if (!isStored) this.#add(packet, qos);
    const isBehind = this.#outbox?.isFilling ?? false;
    if (isRetained) this.#brake.passPatiently(done, isBehind);
    // Held back, it could not acknowledge either.
    else this.#brake.pass(done, isBehind && packet.clientId !== id);
  }

  #answered(take: (outbox: Outbox) => void): void {
    // The session may have gone on to another connection.
    if (this.#outbox?.isConnected(this.#onAdded) !== true) return;
    take(this.#outbox);
    this.#flushSoon();
  }

  #add(packet: StoredPacket, qos: number): void {
    const isOwn = packet.clientId === this.#client.id;
    if (this.#outbox?.isConnected(this.#onAdded) !== true || (packet.nl === true && isOwn)) return;
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
    const { message } = outgoing;
    const nowMs = Date.now();
    if (message.expiresAtMs !== undefined && message.expiresAtMs < nowMs) return false;
    if (!this.#rules.mayReceive(client, message)) return false;
    const fits = writePublish(client, outgoing, { id, dup, nowMs });
    if (!fits) this.#rules.dropped(client, "larger_than_client_takes");
    return fits;
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
