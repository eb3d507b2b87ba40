import type { EventEmitter } from "node:events";
import type { Duplex, Readable } from "node:stream";
import type { Aedes, Client } from "aedes";
import type { MessageProperties } from "./guards/encode-publish.ts";

/**
 * The parts of aedes 2.0.0-beta.1 that the guards need and its type declarations leave out. The version is pinned
 * exactly; `internalsOf` refuses to start on an aedes that lacks one of them, so no guard can silently guard nothing.
 */
export interface AedesInternals {
  clients: Record<string, Client>;
  brokers: Record<string, number>;
  connectedClients: number;
  id: string;
  /** Number of the last message. */
  counter: number;
  persistence: Persistence;
  /** Hands a message to all listeners whose filter matches, at once. */
  mq: { emit(message: StoredPacket, done?: Done): void };
  on(event: "client" | "clientReady", listener: (client: Client) => void): unknown;
  /** With the QoS granted, or the code of the refusal. */
  on(event: "subscribe", listener: (subscriptions: { topic: string; qos: number }[]) => void): unknown;
  handle(stream: Duplex): Client;
  publish(packet: PublishedPacket, client: Client | null, done?: Done): void;
  subscribe(filter: string, listener: Listener, done?: Done): void;
  unsubscribe(filter: string, listener: Listener, done?: Done): void;
  authorizePublish(client: Client | null, packet: PublishedPacket, done: Done): void;
  authorizeForward(client: Client, packet: { topic: string }): object | null;
  registerClient(client: Client): void;
  _finishRegisterClient(client: Client): void;
  unregisterClient(client: Client): void;
  scheduleSessionExpiry(client: Client): void;
  clearSessionExpiry(clientId: string): void;
  scheduleWill(client: Client, will: object, delaySeconds: number): void;
  deleteClient(clientId: string): void;
  _wipeSession(client: Client): void;
}

export type Done = (error?: Error | null) => void;
/** What a subscription does with each message that its filter matches. */
export type Listener = (packet: StoredPacket, done: () => void) => void;

/** A PUBLISH as it came in, or a will. */
export interface PublishedPacket {
  topic: string;
  qos: number;
  messageId?: number | undefined;
  clientId?: string;
  brokerId?: string;
  brokerCounter?: number;
}

export interface Subscription {
  qos: number;
  func: Listener;
  /** Subscription Identifier. */
  si?: number;
}

/** Members that are something else before the CONNECT, or that guards put in place of what aedes has there. */
type OpenedUp = "id" | "version" | "conn" | "maximumPacketSize" | "receiveMaximum";

export interface ClientInternals extends Omit<Client, OpenedUp> {
  /** Null until the CONNECT is read. */
  id: string | null;
  /** 3, 4 or 5, from the CONNECT on. */
  version: number | null;
  /** Whether the session ends with the connection. */
  clean: boolean;
  /** Of the CONNECT; undefined before it. */
  receiveMaximum?: number | undefined;
  maximumPacketSize?: number | undefined;
  conn: Duplex;
  subscriptions: Record<string, Subscription>;
  deliver0(packet: StoredPacket, done: () => void): void;
  deliverQoS(packet: StoredPacket, done: () => void): void;
  /** Calls back when the socket is writable again, or with an error once it took too long. */
  waitForDrain(callback: (error: Error | null) => void): void;
  _parser: Parser;
  /** Reads and works on the next chunk; aedes' listener for "readable". */
  _nextBatch: () => void;
  /** Packets of the last chunk that are worked on; 1 before the first. */
  _parsingBatch: number;
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
  /** Null for a retained message that answers a SUBSCRIBE. */
  brokerId?: string | null;
  brokerCounter?: number;
  properties?: MessageProperties & { messageExpiryInterval?: number; subscriptionIdentifier?: number };
  /** Unix milliseconds. */
  messageExpiry?: number;
  /** Who published it. */
  clientId?: string;
  /** It is for a subscription with No Local. */
  nl?: boolean;
}

/** A subscription of a persistent session that matches a topic. */
export interface StoredSubscription {
  clientId: string;
  topic: string;
  qos: number;
  /** Retain As Published and No Local (MQTT 5 §3.8.3.1). */
  rap?: boolean | undefined;
  nl?: boolean | undefined;
}

interface Owner {
  id: string;
}

export interface Persistence {
  addSubscriptions(client: Owner, subscriptions: { topic: string }[]): Promise<void>;
  removeSubscriptions(client: Owner, topics: string[]): Promise<void>;
  subscriptionsByClient(client: Owner): Promise<{ topic: string; qos: 0 | 1 | 2 }[]>;
  subscriptionsByTopic(topic: string): Promise<{ clientId: string }[]>;
  cleanSubscriptions(client: Owner): Promise<void>;
  delWill(client: Owner): Promise<unknown>;
  storeRetained(packet: StoredPacket): Promise<void>;
  createRetainedStream(filter: string): Readable;
  createRetainedStreamCombi(filters: string[]): Readable;
  outgoingEnqueue(subscription: { clientId: string }, packet: StoredPacket): Promise<void>;
  outgoingEnqueueCombi(subscriptions: StoredSubscription[], packet: StoredPacket): Promise<void>;
  outgoingUpdate(client: Owner, packet: { messageId?: number | undefined }): Promise<void>;
  outgoingClearMessageId(client: Owner, packet: { messageId?: number | undefined }): Promise<StoredPacket | undefined>;
  /** aedes takes whatever `pipeline` takes. */
  outgoingStream(client: Owner): Readable | Iterable<StoredPacket>;
  incomingStorePacket(client: Owner, packet: { messageId?: number | undefined }): Promise<void>;
  incomingGetPacket(client: Owner, packet: { messageId?: number | undefined }): Promise<unknown>;
  incomingDelPacket(client: Owner, packet: { messageId?: number | undefined }): Promise<void>;
}

const brokerMethods = [
  "handle",
  "publish",
  "subscribe",
  "unsubscribe",
  "authorizePublish",
  "authorizeForward",
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
  "subscriptionsByTopic",
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
    ...(typeof inner.mq?.emit === "function" ? [] : ["mq.emit"]),
    ...(typeof inner.counter === "number" ? [] : ["counter"]),
  ];
  if (missing.length > 0) throw new Error(`this aedes does not fit its guards; missing: ${missing.join(", ")}`);
  return inner;
}

/** The same client with its inner parts visible. Throws if this aedes is built differently. */
export function clientInternalsOf(client: Client): ClientInternals {
  const inner = client as unknown as ClientInternals;
  const fits =
    typeof inner.subscriptions === "object" &&
    typeof inner._parser?.parse === "function" &&
    typeof inner._nextBatch === "function" &&
    typeof inner._parsingBatch === "number" &&
    typeof inner.deliver0 === "function" &&
    typeof inner.deliverQoS === "function" &&
    typeof inner.waitForDrain === "function" &&
    Array.isArray(inner._pendingDrains);
  if (!fits) throw new Error("this aedes does not fit its guards; its client is built differently");
  return inner;
}
