import type { Persistence } from "../aedes-internals.ts";

/**
 * Packet ids of QoS 2 messages that clients have sent and not released yet. aedes publishes at PUBLISH and looks only
 * whether the id is known, but its own store keeps the payloads, without end, and across clean sessions.
 */
export class IncomingIds {
  readonly #most: number;
  readonly #ids = new Map<string, Set<number>>();

  /** @param most open messages of one client */
  constructor(most: number) {
    this.#most = most;
  }

  /** Returns false, and does not add it, if the client has the most it may have: Receive Maximum (MQTT 5 §4.9). */
  add(clientId: string, id: number): boolean {
    const ids = this.#ids.get(clientId) ?? new Set();
    if (ids.size >= this.#most && !ids.has(id)) return false;
    this.#ids.set(clientId, ids.add(id));
    return true;
  }

  has(clientId: string, id: number): boolean {
    return this.#ids.get(clientId)?.has(id) ?? false;
  }

  delete(clientId: string, id: number): void {
    const ids = this.#ids.get(clientId);
    if (ids === undefined) return;
    ids.delete(id);
    if (ids.size === 0) this.#ids.delete(clientId);
  }

  drop(clientId: string): void {
    this.#ids.delete(clientId);
  }
}

/** Makes aedes ask here whether it knows a packet id. `onExceeded` has to end the client; the message is not published. */
export function installIncomingIds(
  persistence: Persistence,
  ids: IncomingIds,
  onExceeded: (clientId: string) => void,
): void {
  persistence.incomingStorePacket = async (client, packet) => {
    if (ids.add(client.id, packet.messageId ?? 0)) return;
    onExceeded(client.id);
    // Left open, to go with the client: on an error aedes destroys the socket before the DISCONNECT is out.
    await new Promise(() => {});
  };
  persistence.incomingGetPacket = async (client, packet) => {
    if (!ids.has(client.id, packet.messageId ?? 0)) throw new Error("no such packet");
    return packet;
  };
  persistence.incomingDelPacket = async (client, packet) => ids.delete(client.id, packet.messageId ?? 0);
}
