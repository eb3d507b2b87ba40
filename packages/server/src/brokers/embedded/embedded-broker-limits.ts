/** Upper bounds of the embedded broker. All are positive whole numbers; every one has a default below. */
export interface EmbeddedBrokerLimits {
  /** Open TCP connections of all listeners, whether or not they have sent a CONNECT. More are closed at once. */
  maxConnections: number;
  /** Largest MQTT packet in bytes, header included; announced to MQTT 5 clients as Maximum Packet Size. */
  maxPacketBytes: number;
  /** Largest CONNECT in bytes: what a stranger may make us hold. The will's payload counts. */
  maxConnectBytes: number;
  /** Longest client id in characters. */
  maxClientIdLength: number;
  /** Milliseconds a peer has to send its CONNECT; before that, once more, for its TLS and WebSocket handshakes. */
  connectTimeoutMs: number;
  /** Milliseconds `decideConnect` has to answer; after that the CONNECT is refused. */
  decideTimeoutMs: number;
  /** Milliseconds a client may leave its data unread while more waits for it; after that it is cut. */
  drainTimeoutMs: number;
  /**
   * Bytes of messages that may wait for a client that is there, beside those that are kept for its session. More are
   * dropped, and the client is cut if it has read next to nothing for a second.
   */
  maxUnreadBytes: number;
  /** Messages that may wait for a client that is there; the same applies. */
  maxUnreadMessages: number;
  /** Filters one connection may hold; more are answered like a filter that is not allowed. */
  maxSubscriptionsPerClient: number;
  /** QoS 2 messages a client may have open towards us; announced to MQTT 5 clients as Receive Maximum. */
  maxIncomingQos2: number;
  /** QoS 1 and 2 messages sent to one client and not acknowledged yet; an MQTT 5 client may want fewer. More wait. */
  maxInFlight: number;
  /** QoS 1 and 2 messages kept for one persistent session; the newest are not kept. */
  maxQueuedMessages: number;
  /** Bytes kept for all persistent sessions together: payloads, topics, properties, and 400 for each message. */
  maxQueuedBytes: number;
  /** Retained messages; more are delivered but not retained. */
  maxRetainedMessages: number;
  /** Bytes of all retained messages together: payloads, topics, properties, and 400 for each message. */
  maxRetainedBytes: number;
  /** Persistent sessions whose client is away; the one that is away longest is given up. */
  maxOfflineSessions: number;
  /** Seconds a persistent session outlives its connection, whatever the client asked for. */
  sessionExpirySeconds: number;
  /** Denied publishes and subscribes of one connection that become events within a minute; all are counted. */
  deniedEventsPerMinute: number;
}

export const defaultEmbeddedBrokerLimits: Readonly<EmbeddedBrokerLimits> = Object.freeze({
  maxConnections: 10_000,
  maxPacketBytes: 256 * 1024,
  maxConnectBytes: 32 * 1024,
  maxClientIdLength: 256,
  connectTimeoutMs: 10_000,
  decideTimeoutMs: 5_000,
  drainTimeoutMs: 5_000,
  maxUnreadBytes: 4 * 1024 * 1024,
  maxUnreadMessages: 10_000,
  maxSubscriptionsPerClient: 100,
  maxIncomingQos2: 100,
  maxInFlight: 1_000,
  maxQueuedMessages: 1_000,
  maxQueuedBytes: 64 * 1024 * 1024,
  maxRetainedMessages: 10_000,
  maxRetainedBytes: 64 * 1024 * 1024,
  maxOfflineSessions: 10_000,
  sessionExpirySeconds: 86_400,
  deniedEventsPerMinute: 60,
});

/** Limits above this are refused: `setTimeout` fires at once beyond it, and MQTT has no larger numbers. */
const largest = 2 ** 31 - 1;
/** Receive Maximum is two bytes (MQTT 5 §3.2.2.3.3). */
const largestReceiveMaximum = 65_535;
/** Limits that stand for one. */
const receiveMaximums: readonly string[] = ["maxIncomingQos2", "maxInFlight"];

/** The defaults with the given limits put over them. Throws RangeError, naming the limit, if one is not usable. */
export function resolveLimits(given: Partial<EmbeddedBrokerLimits> = {}): EmbeddedBrokerLimits {
  const limits = { ...defaultEmbeddedBrokerLimits };
  for (const name of Object.keys(defaultEmbeddedBrokerLimits) as (keyof EmbeddedBrokerLimits)[]) {
    const value = given[name];
    if (value === undefined) continue;
    const most = receiveMaximums.includes(name) ? largestReceiveMaximum : largest;
    if (!Number.isSafeInteger(value) || value < 1 || value > most) {
      throw new RangeError(`${name} must be a whole number from 1 to ${most}`);
    }
    limits[name] = value;
  }
  return limits;
}
