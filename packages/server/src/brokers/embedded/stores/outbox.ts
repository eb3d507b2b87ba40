import type { KeptBytes } from "./kept-bytes.ts";
import type { Message, Outgoing } from "./message.ts";

/** What is to be sent next: a PUBLISH, or the PUBREL that took its place. */
export interface Sending {
  /** Packet identifier; 0 with QoS 0. */
  id: number;
  /** Sent before, in another connection. */
  dup: boolean;
  /** Absent for a PUBREL. */
  outgoing?: Outgoing;
}

export interface OutboxBounds {
  /** Messages kept beyond the connection, sent or not; 0 for a session that ends with it. */
  maxKept: number;
  /** Messages that wait for a client which is there, beside those that are kept. */
  maxWaiting: number;
  /** Bytes of these. */
  maxWaitingBytes: number;
}

interface Entry {
  /** Undefined once the payload is no longer needed. */
  outgoing: Outgoing | undefined;
  /** Packet identifier; 0 before it is sent for the first time. */
  id: number;
  /** Counts all entries: the lower came first. */
  order: number;
  /** Whether it is sent again after the connection. */
  kept: boolean;
  /** The client has the message (PUBREC) and is told to release its identifier. */
  released: boolean;
  bytes: number;
}

/** What a message that is kept takes beside its payload, topic and properties: measured, rounded up. */
const overheadBytes = 400;

/**
 * Messages on their way to one session, in order (MQTT 5 §4.6): those that wait, and those with QoS 1 and 2 that were
 * sent and are not acknowledged. No more of these are sent at once than the window allows.
 */
export class Outbox {
  readonly #bounds: OutboxBounds;
  /** Of these, what may wait for a client that keeps up. */
  readonly #fewWaiting: number;
  readonly #fewBytes: number;
  readonly #keptBytes: KeptBytes;
  /** With QoS 1 and 2. */
  #waiting: Entry[] = [];
  /** With QoS 0: the window is not theirs. */
  #waiting0: Entry[] = [];
  readonly #sent = new Map<number, Entry>();
  #kept = 0;
  #passing = 0;
  #passingBytes = 0;
  #added = 0;
  #lastId = 0;
  #window = 0;
  #onAdded: (() => void) | undefined;

  constructor(bounds: OutboxBounds, keptBytes: KeptBytes) {
    this.#bounds = bounds;
    this.#fewWaiting = bounds.maxWaiting / 10;
    this.#fewBytes = bounds.maxWaitingBytes / 4;
    this.#keptBytes = keptBytes;
  }

  /**
   * Takes a message. One with QoS 0, or without room to keep it beyond the connection, is only passed on to a client
   * that is there.
   */
  add(outgoing: Outgoing): "kept" | "passing" | "dropped" {
    const { payload, properties, topic } = outgoing.message;
    const length = payload.length + properties.length + topic.length;
    const kept = outgoing.qos > 0 && this.#kept < this.#bounds.maxKept && this.#keptBytes.take(length + overheadBytes);
    if (!kept && !this.#hasRoomToPass(length)) return "dropped";
    const bytes = kept ? length + overheadBytes : length;
    if (kept) this.#kept++;
    else this.#countPassing(1, bytes);
    const entry = { outgoing, id: 0, order: ++this.#added, kept, released: false, bytes };
    (outgoing.qos > 0 ? this.#waiting : this.#waiting0).push(entry);
    return kept ? "kept" : "passing";
  }

  /** Tells the connection, if there is one, that there is something to send. */
  added(): void {
    this.#onAdded?.();
  }

  /** The next to be sent, if there is one that the window allows; with QoS 1 and 2 it counts as sent from then on. */
  next(): Sending | undefined {
    const [first0] = this.#waiting0;
    const [first] = this.#waiting;
    // A PUBREL is not held back (MQTT 5 §4.9).
    const isAllowed = first !== undefined && (first.released || this.#sent.size < this.#window);
    if (isAllowed && (first0 === undefined || first.order < first0.order)) return this.#send(first);
    return first0 === undefined || this.#onAdded === undefined ? undefined : this.#pass(first0);
  }

  /** The message has arrived, or need not arrive any more. */
  acknowledge(id: number): void {
    const entry = this.#sent.get(id);
    if (entry === undefined) return;
    this.#sent.delete(id);
    this.#forgetPayload(entry);
    if (entry.kept) this.#kept--;
  }

  /** The message has arrived (PUBREC); its identifier stays in use until it is acknowledged (PUBCOMP). */
  release(id: number): void {
    const entry = this.#sent.get(id);
    if (entry === undefined) return;
    this.#forgetPayload(entry);
    entry.released = true;
  }

  /**
   * A connection that takes up the session: what was sent in the former one and not acknowledged comes first, again.
   * @param window how many messages may be unacknowledged at once (MQTT 5 Receive Maximum)
   */
  connect(window: number, onAdded: () => void): void {
    const again = [...this.#sent.values()].filter(({ kept }) => kept);
    this.#sent.clear();
    this.#waiting = [...again, ...this.#waiting];
    this.#window = window;
    this.#onAdded = onAdded;
  }

  /** Whether this is the connection that took the session up last. */
  isConnected(onAdded: () => void): boolean {
    return this.#onAdded === onAdded;
  }

  /** What is only passed on is lost with the connection. */
  disconnect(onAdded: () => void): void {
    if (!this.isConnected(onAdded)) return;
    this.#window = 0;
    this.#onAdded = undefined;
    this.#waiting0 = [];
    this.#waiting = this.#waiting.filter(({ kept }) => kept);
    for (const [id, { kept }] of this.#sent) if (!kept) this.#sent.delete(id);
    this.#passing = 0;
    this.#passingBytes = 0;
  }

  /** Forgets everything. */
  clear(): void {
    for (const entry of [...this.#sent.values(), ...this.#waiting]) this.#forgetPayload(entry);
    this.#sent.clear();
    this.#waiting = [];
    this.#waiting0 = [];
    this.#kept = 0;
    this.#passing = 0;
    this.#passingBytes = 0;
  }

  get waiting(): number {
    return this.#waiting.length + this.#waiting0.length;
  }

  /** More waits than should for a client that keeps up. */
  get isFilling(): boolean {
    return this.waiting > this.#fewWaiting || this.#passingBytes > this.#fewBytes;
  }

  /** A message as a share of what may wait for a client that keeps up. */
  shareOf({ payload, properties }: Message): number {
    return 1 / this.#fewWaiting + (payload.length + properties.length) / this.#fewBytes;
  }

  /** Nothing in it and nobody there. */
  get isIdle(): boolean {
    return this.waiting === 0 && this.#sent.size === 0 && this.#onAdded === undefined;
  }

  #send(entry: Entry): Sending {
    this.#waiting.shift();
    const dup = entry.id !== 0;
    if (!dup) entry.id = this.#freeId();
    this.#sent.set(entry.id, entry);
    const sending: Sending = { id: entry.id, dup };
    if (entry.outgoing !== undefined) sending.outgoing = entry.outgoing;
    if (!entry.kept) {
      this.#countPassing(-1, -entry.bytes);
      this.#forgetPayload(entry);
    }
    return sending;
  }

  #pass(entry: Entry): Sending {
    this.#waiting0.shift();
    this.#countPassing(-1, -entry.bytes);
    return { id: 0, dup: false, outgoing: entry.outgoing as Outgoing };
  }

  #hasRoomToPass(bytes: number): boolean {
    const { maxKept, maxWaiting, maxWaitingBytes } = this.#bounds;
    const isAway = this.#onAdded === undefined && maxKept > 0;
    if (isAway) return false;
    return this.waiting === 0 || (this.#passing < maxWaiting && this.#passingBytes + bytes <= maxWaitingBytes);
  }

  #countPassing(messages: number, bytes: number): void {
    this.#passing += messages;
    this.#passingBytes += bytes;
  }

  #forgetPayload(entry: Entry): void {
    if (entry.kept) this.#keptBytes.giveBack(entry.bytes);
    entry.bytes = 0;
    entry.outgoing = undefined;
  }

  /** Those that are sent again have their identifiers already, and come before all that need a new one. */
  #freeId(): number {
    do {
      this.#lastId = (this.#lastId % largestId) + 1;
    } while (this.#sent.has(this.#lastId));
    return this.#lastId;
  }
}

const largestId = 65_535;
