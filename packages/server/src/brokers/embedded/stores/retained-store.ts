import { Readable } from "node:stream";
import { filterCovers } from "@connack/credentials";
import type { Persistence, StoredPacket } from "../aedes-internals.ts";

export interface RetainedBounds {
  maxMessages: number;
  /** Payload bytes of all retained messages together. */
  maxBytes: number;
}

/** Retained messages, in memory and bounded. When it is full a message for a new topic is not retained. */
export class RetainedStore {
  readonly #bounds: RetainedBounds;
  readonly #onFull: () => void;
  readonly #messages = new Map<string, StoredPacket>();
  #bytes = 0;

  constructor(bounds: RetainedBounds, onFull: () => void) {
    this.#bounds = bounds;
    this.#onFull = onFull;
  }

  /** Keeps the message instead of the topic's former one; an empty payload only removes that [MQTT-3.3.1-6]. */
  set(packet: StoredPacket): void {
    const former = this.#messages.get(packet.topic)?.payload.length;
    const bytes = this.#bytes - (former ?? 0);
    if (packet.payload.length === 0) {
      this.#messages.delete(packet.topic);
      this.#bytes = bytes;
      return;
    }
    const isNew = former === undefined;
    const isFull = isNew && this.#messages.size >= this.#bounds.maxMessages;
    if (isFull || bytes + packet.payload.length > this.#bounds.maxBytes) {
      // What is kept must not outlive what replaced it.
      this.#messages.delete(packet.topic);
      this.#bytes = bytes;
      this.#onFull();
      return;
    }
    this.#messages.set(packet.topic, { ...packet, payload: Buffer.from(packet.payload) });
    this.#bytes = bytes + packet.payload.length;
  }

  *matching(filters: readonly string[]): Generator<StoredPacket> {
    for (const filter of filters) {
      for (const [topic, packet] of this.#messages) {
        if (filterCovers(filter, topic)) yield packet;
      }
    }
  }

  get size(): number {
    return this.#messages.size;
  }

  get bytes(): number {
    return this.#bytes;
  }
}

/** Makes aedes keep retained messages in this store. */
export function installRetainedStore(persistence: Persistence, store: RetainedStore): void {
  persistence.storeRetained = async (packet) => store.set(packet);
  persistence.createRetainedStream = (filter) => Readable.from(store.matching([filter]));
  persistence.createRetainedStreamCombi = (filters) => Readable.from(store.matching(filters));
}
