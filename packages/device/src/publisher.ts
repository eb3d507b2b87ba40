import type { Connection } from "./connection.ts";
import { type OutgoingMessage, PublishQueue, type QueueLimits } from "./publish-queue.ts";

/** The broker took the message and says no to it (MQTT 5 §3.4.2.1); sending it again is no use. */
export class PublishRefused extends Error {
  override readonly name = "PublishRefused";
  readonly code: number;

  constructor(topic: string, code: number) {
    super(`the broker refuses the message to ${topic} (code ${code})`);
    this.code = code;
  }
}

/** Messages under way at once. As Mosquitto's `max_inflight_messages`; brokers cut off devices that send many more. */
const mostUnderWay = 20;

/** Sends what is queued on the connection there is, in order. */
export class Publisher {
  readonly queue: PublishQueue;
  #connection: Connection | undefined;
  #idle: (() => void) | undefined;

  constructor(limits: QueueLimits) {
    this.queue = new PublishQueue(limits);
  }

  publish(message: OutgoingMessage): Promise<void> {
    const acknowledged = this.queue.add(message);
    this.#send();
    return acknowledged;
  }

  open(connection: Connection): void {
    this.#connection = connection;
    this.#send();
  }

  /** Sends nothing more, and waits until the broker has acknowledged what is under way, or for so long. */
  async drain(timeoutMs: number): Promise<void> {
    this.#connection = undefined;
    if (this.queue.underWay === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#idle = undefined;
  }

  /** The connection is gone: what it did not acknowledge is sent on the next one. */
  close(): void {
    this.#connection = undefined;
    this.queue.connectionEnded();
    this.#idle?.();
  }

  #send(): void {
    const connection = this.#connection;
    if (!connection) return;
    const most = Math.min(mostUnderWay, connection.receiveMaximum);
    while (this.queue.underWay < most) {
      const message = this.queue.take();
      if (!message) return;
      connection.publish(message, (outcome) => {
        if (outcome === "not sent") return;
        if (typeof outcome === "number") this.queue.refused(message, new PublishRefused(message.topic, outcome));
        else this.queue.acknowledged(message);
        if (this.queue.underWay === 0) this.#idle?.();
        this.#send();
      });
    }
  }
}
