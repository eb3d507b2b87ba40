/** What the broker holds just now, of each thing that is bounded by number or bytes for the broker as a whole. */
export interface BrokerSizes {
  /** Open TCP connections, with those that have not sent their CONNECT yet. */
  connections: Size;
  /** Persistent sessions whose client is away. */
  offlineSessions: Size;
  /** Bytes kept for persistent sessions. */
  queuedBytes: Size;
  retainedMessages: Size;
  retainedBytes: Size;
}

export interface Size {
  used: number;
  most: number;
}
