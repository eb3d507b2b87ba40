import type { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import type { Aedes, Client } from "aedes";

/**
 * The parts of aedes 2.0.0-beta.1 that the guards need and its type declarations leave out. The version is pinned
 * exactly; `internalsOf` refuses to start on an aedes that lacks one of them, so no guard can silently guard nothing.
 */
export interface AedesInternals {
  clients: Record<string, Client>;
  brokers: Record<string, number>;
  connectedClients: number;
  persistence: Persistence;
  registerClient(client: Client): void;
  _finishRegisterClient(client: Client): void;
  unregisterClient(client: Client): void;
  scheduleSessionExpiry(client: Client): void;
  clearSessionExpiry(clientId: string): void;
  scheduleWill(client: Client, will: object, delaySeconds: number): void;
  deleteClient(clientId: string): void;
  _wipeSession(client: Client): void;
}

export interface ClientInternals extends Omit<Client, "id"> {
  /** Null until the CONNECT is read. */
  id: string | null;
  subscriptions: Record<string, unknown>;
  duplicates: Record<string, number>;
  _parser: Parser;
  /** Reads and works on the next chunk; aedes' listener for "readable". */
  _nextBatch: () => void;
  /** Called when the socket is writable again: about one for each message that waits. */
  _pendingDrains: unknown[];
}

/** mqtt-packet's parser: `parse` emits "packet" for each complete packet, synchronously. */
export interface Parser extends EventEmitter {
  parse(chunk: Buffer): number;
  /** The packet being read; `length` is -1 until its fixed header is complete. */
  packet: { length: number };
}

/** A message as aedes gives it to its persistence. */
export interface StoredPacket {
  cmd: string;
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
  dup: boolean;
  messageId?: number | undefined;
  brokerId?: string;
  brokerCounter?: number;
  properties?: Record<string, unknown>;
  messageExpiry?: number;
}

interface Owner {
  id: string;
}

export interface Persistence {
  addSubscriptions(client: Owner, subscriptions: { topic: string }[]): Promise<void>;
  removeSubscriptions(client: Owner, topics: string[]): Promise<void>;
  subscriptionsByClient(client: Owner): Promise<{ topic: string }[]>;
  cleanSubscriptions(client: Owner): Promise<void>;
  delWill(client: Owner): Promise<unknown>;
  storeRetained(packet: StoredPacket): Promise<void>;
  createRetainedStream(filter: string): Readable;
  createRetainedStreamCombi(filters: string[]): Readable;
  outgoingEnqueue(subscription: { clientId: string }, packet: StoredPacket): Promise<void>;
  outgoingEnqueueCombi(subscriptions: { clientId: string }[], packet: StoredPacket): Promise<void>;
  outgoingUpdate(client: Owner, packet: StoredPacket): Promise<void>;
  outgoingClearMessageId(
    client: Owner,
    packet: Pick<StoredPacket, "brokerId" | "brokerCounter" | "messageId">,
  ): Promise<StoredPacket | undefined>;
  outgoingStream(client: Owner): Readable;
  incomingStorePacket(client: Owner, packet: { messageId?: number | undefined }): Promise<void>;
  incomingGetPacket(client: Owner, packet: { messageId?: number | undefined }): Promise<unknown>;
  incomingDelPacket(client: Owner, packet: { messageId?: number | undefined }): Promise<void>;
}

const brokerMethods = [
  "registerClient",
  "_finishRegisterClient",
  "unregisterClient",
  "scheduleSessionExpiry",
  "clearSessionExpiry",
  "scheduleWill",
  "deleteClient",
  "_wipeSession",
] as const;
const persistenceMethods = [
  "addSubscriptions",
  "removeSubscriptions",
  "subscriptionsByClient",
  "cleanSubscriptions",
  "delWill",
  "storeRetained",
  "createRetainedStream",
  "createRetainedStreamCombi",
  "outgoingEnqueue",
  "outgoingEnqueueCombi",
  "outgoingUpdate",
  "outgoingClearMessageId",
  "outgoingStream",
  "incomingStorePacket",
  "incomingGetPacket",
  "incomingDelPacket",
] as const;

/** The same broker with its inner parts visible. Throws if this aedes is built differently. */
export function internalsOf(aedes: Aedes): AedesInternals {
  const inner = aedes as unknown as AedesInternals;
  const missing = [
    ...brokerMethods.filter((name) => typeof inner[name] !== "function"),
    ...persistenceMethods.filter((name) => typeof inner.persistence?.[name] !== "function"),
    ...(["clients", "brokers"] as const).filter((name) => typeof inner[name] !== "object"),
  ];
  if (missing.length > 0) throw new Error(`this aedes does not fit its guards; missing: ${missing.join(", ")}`);
  return inner;
}

/** The same client with its inner parts visible. Throws if this aedes is built differently. */
export function clientInternalsOf(client: Client): ClientInternals {
  const inner = client as unknown as ClientInternals;
  const fits =
    typeof inner.subscriptions === "object" &&
    typeof inner.duplicates === "object" &&
    typeof inner._parser?.parse === "function" &&
    typeof inner._nextBatch === "function" &&
    Array.isArray(inner._pendingDrains);
  if (!fits) throw new Error("this aedes does not fit its guards; its client is built differently");
  return inner;
}
