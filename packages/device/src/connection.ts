import type { OutgoingMessage } from "./publish-queue.ts";

export interface IncomingMessage {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
  /** The broker may have sent it before. */
  isDuplicate: boolean;
}

/** How a connection came to its end. */
export interface ConnectionEnd {
  /** Reason code of the broker's DISCONNECT (MQTT 5 only). */
  code?: number;
  error?: Error;
}

/** CONNACK said no; `code` is its return code (MQTT 3.1.1 §3.2.2.3) or reason code (MQTT 5 §3.2.2.2). */
export class ConnectRefused extends Error {
  override readonly name = "ConnectRefused";
  readonly code: number;

  constructor(code: number) {
    super(`the broker refused the connection with code ${code}`);
    this.code = code;
  }
}

/** `not sent`: the connection ended first; a number: the broker's reason code, 128 and above. */
export type PublishOutcome = "acknowledged" | "not sent" | number;

/** One connection with one credential; never used again for another. */
export interface Connection {
  /** Whether the broker still had the session. */
  readonly sessionPresent: boolean;
  /** How many unacknowledged messages the broker takes (MQTT 5 §3.2.2.3.3). */
  readonly receiveMaximum: number;
  /** Resolves when it is over, whoever ended it. */
  readonly ended: Promise<ConnectionEnd>;

  /** Tells when the broker has it (QoS 0: when it is written). */
  publish(message: OutgoingMessage, done: (outcome: PublishOutcome) => void): void;

  /** The QoS granted, or 128 and above where the broker refuses the filter. Rejects when the connection ends first. */
  subscribe(filter: string, qos: 0 | 1 | 2): Promise<number>;

  unsubscribe(filter: string): Promise<void>;

  /** Asks the broker for a sign of life; what does not answer within `timeoutMs` is closed. */
  check(timeoutMs: number): void;

  /** Says goodbye, so that no last will is published; within `timeoutMs` also where the broker owes an answer. */
  end(timeoutMs: number): Promise<void>;

  /** Closes without a goodbye: the broker publishes the last will. */
  destroy(): void;
}
