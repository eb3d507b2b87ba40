import { Readable } from "node:stream";
import type { Persistence, StoredPacket } from "../aedes-internals.ts";

export interface OutgoingBounds {
  /** Messages of one client. */
  maxMessages: number;
  /** Payload bytes of all clients together. A payload that goes to several clients counts for each. */
  maxBytes: number;
}

type Numbered = Pick<StoredPacket, "brokerId" | "brokerCounter" | "messageId">;

interface Entry {
  packet: StoredPacket;
  bytes: number;
}

/**
 * QoS 1 and 2 messages on their way to persistent sessions, in memory and bounded: aedes' own queue grows without end
 * (50 000 messages of 1 kB for one client that is away). When it is full the newest message is not kept; a client that
 * is connected still gets it, once.
 */
export class OutgoingStore {
  readonly #bounds: OutgoingBounds;
  readonly #onFull: (clientId: string) => void;
  readonly #queues = new Map<string, Entry[]>();
  #bytes = 0;

  constructor(bounds: OutgoingBounds, onFull: (clientId: string) => void) {
    this.#bounds = bounds;
    this.#onFull = onFull;
  }

  enqueue(clientIds: readonly string[], packet: StoredPacket): void {
    // A copy: the parser's payload is a window into a whole chunk of the publisher's socket.
    const payload = Buffer.from(packet.payload);
    for (const clientId of clientIds) {
      const queue = this.#queues.get(clientId) ?? [];
      if (queue.length >= this.#bounds.maxMessages || this.#bytes + payload.length > this.#bounds.maxBytes) {
        this.#onFull(clientId);
        continue;
      }
      const kept: StoredPacket = { ...packet, payload, messageId: undefined };
      if (packet.properties !== undefined) kept.properties = { ...packet.properties };
      queue.push({ packet: kept, bytes: payload.length });
      this.#queues.set(clientId, queue);
      this.#bytes += payload.length;
    }
  }

  /** Notes the packet id a message was sent with, or replaces it by its PUBREL. A message that was not kept is passed over. */
  update(clientId: string, packet: StoredPacket): void {
    for (const entry of this.#queues.get(clientId) ?? []) {
      const { brokerId, brokerCounter, messageId } = entry.packet;
      if (brokerId === packet.brokerId) {
        if (brokerCounter !== packet.brokerCounter) continue;
        entry.packet.messageId = packet.messageId;
        return;
      }
      if (messageId === packet.messageId) {
        this.#bytes -= entry.bytes;
        entry.bytes = 0;
        entry.packet = packet;
        return;
      }
    }
  }

  /** Removes a message: the one that aedes numbered so, or else the one with this packet id. */
  remove(clientId: string, { brokerId, brokerCounter, messageId }: Numbered): StoredPacket | undefined {
    const queue = this.#queues.get(clientId);
    if (queue === undefined) return undefined;
    // Several may wait without a packet id yet; aedes itself would take the first of them.
    const isSame = ({ packet }: Entry) => packet.brokerId === brokerId && packet.brokerCounter === brokerCounter;
    let index = brokerId === undefined ? -1 : queue.findIndex(isSame);
    if (index === -1 && messageId !== undefined)
      index = queue.findIndex(({ packet }) => packet.messageId === messageId);
    const [entry] = index === -1 ? [] : queue.splice(index, 1);
    if (queue.length === 0) this.#queues.delete(clientId);
    if (entry === undefined) return undefined;
    this.#bytes -= entry.bytes;
    return entry.packet;
  }

  /** What waits for the client, in order. What was sent before is marked as a duplicate [MQTT-3.3.1-1]. */
  waiting(clientId: string): StoredPacket[] {
    return (this.#queues.get(clientId) ?? []).map(({ packet }) =>
      packet.cmd === "publish" && packet.messageId !== undefined ? { ...packet, dup: true } : packet,
    );
  }

  drop(clientId: string): void {
    for (const { bytes } of this.#queues.get(clientId) ?? []) this.#bytes -= bytes;
    this.#queues.delete(clientId);
  }

  get bytes(): number {
    return this.#bytes;
  }
}

/**
 * Makes aedes keep outgoing messages in this store. It also removes what it may not deliver; `hasEnded` keeps a client
 * that is on its way out from emptying the session that its successor goes on with.
 */
export function installOutgoingStore(
  persistence: Persistence,
  store: OutgoingStore,
  hasEnded: (client: { id: string }) => boolean,
): void {
  persistence.outgoingEnqueue = async (subscription, packet) => store.enqueue([subscription.clientId], packet);
  persistence.outgoingEnqueueCombi = async (subscriptions, packet) =>
    store.enqueue(
      subscriptions.map(({ clientId }) => clientId),
      packet,
    );
  persistence.outgoingUpdate = async (client, packet) => store.update(client.id, packet);
  persistence.outgoingClearMessageId = async (client, packet) =>
    hasEnded(client) ? undefined : store.remove(client.id, packet);
  persistence.outgoingStream = (client) => Readable.from(store.waiting(client.id));
}
