import { Readable } from "node:stream";
import { filterCovers } from "@connack/credentials";
import type { AedesInternals, StoredPacket } from "../aedes-internals.ts";
import { encodeMessageProperties } from "../guards/encode-publish.ts";

export interface RetainedBounds {
  maxMessages: number;
  /** Bytes of all retained messages together, about what they take in memory. */
  maxBytes: number;
}

/** What a message takes beside its payload, topic and properties, and each of its user properties beside their text. */
const overheadBytes = 400;
const propertyBytes = 100;

/** Retained messages, in memory and bounded. When it is full a message for a new topic is not retained. */
export class RetainedStore {
  readonly #bounds: RetainedBounds;
  readonly #onFull: () => void;
  readonly #messages = new Map<string, { packet: StoredPacket; bytes: number }>();
  #bytes = 0;

  constructor(bounds: RetainedBounds, onFull: () => void) {
    this.#bounds = bounds;
    this.#onFull = onFull;
  }

  /** Keeps the message instead of the topic's former one; an empty payload only removes that [MQTT-3.3.1-6]. */
  set(packet: StoredPacket): void {
    // What is kept must not outlive what replaced it, whether or not that is kept.
    const isNew = !this.#delete(packet.topic);
    if (packet.payload.length === 0) return;
    const bytes = bytesOf(packet);
    const isFull = isNew && this.#messages.size >= this.#bounds.maxMessages;
    if (isFull || this.#bytes + bytes > this.#bounds.maxBytes) {
      this.#onFull();
      return;
    }
    this.#messages.set(packet.topic, { packet: { ...packet, payload: Buffer.from(packet.payload) }, bytes });
    this.#bytes += bytes;
  }

  /** For each filter the messages it matches, with no higher QoS than `granted` has for it (MQTT 5 §3.8.4). */
  *matching(filters: readonly string[], granted: ReadonlyMap<string, number> = new Map()): Generator<StoredPacket> {
    for (const filter of filters) {
      const most = granted.get(filter) ?? 2;
      for (const [topic, { packet }] of this.#messages) {
        if (filterCovers(filter, topic)) yield packet.qos > most ? { ...packet, qos: most } : packet;
      }
    }
  }

  get size(): number {
    return this.#messages.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #delete(topic: string): boolean {
    this.#bytes -= this.#messages.get(topic)?.bytes ?? 0;
    return this.#messages.delete(topic);
  }
}

function bytesOf({ payload, properties, topic }: StoredPacket): number {
  const texts = encodeMessageProperties(properties).length;
  const values = Object.values(properties?.userProperties ?? {}).flat().length;
  return overheadBytes + payload.length + topic.length + texts + values * propertyBytes;
}

/**
 * Makes aedes keep retained messages in this store. aedes does not lower their QoS to what it has just granted, but for
 * a filter equal to the topic.
 */
export function installRetainedStore(aedes: AedesInternals, store: RetainedStore): void {
  const { persistence } = aedes;
  let granted: ReadonlyMap<string, number> = new Map();
  // In this order, and nothing between them.
  aedes.on("subscribe", (subscriptions) => {
    granted = new Map(subscriptions.map(({ topic, qos }) => [topic, qos]));
  });
  persistence.createRetainedStreamCombi = (filters) => Readable.from(store.matching(filters, granted));
  persistence.createRetainedStream = (filter) => Readable.from(store.matching([filter]));
  persistence.storeRetained = async (packet) => store.set(packet);
}
