import type { Connection, PublishOutcome } from "./connection.ts";
import { type OutgoingMessage, PublishQueue, type QueuedMessage, type QueueLimits } from "./publish-queue.ts";
import { reasonName } from "./reason-code.ts";

/** The broker took the message and says no to it (MQTT 5 §3.4.2.1); sending it again is no use. */
export class PublishRefused extends Error {
  override readonly name = "PublishRefused";
  readonly code: number;

  constructor(topic: string, code: number) {
    super(`the broker refuses the message to ${topic}: ${code} (${reasonName(code)})`);
    this.code = code;
  }
}

/** Messages under way at once. As Mosquitto's `max_inflight_messages`; brokers cut off devices that send many more. */
const mostUnderWay = 20;

/** Sends what is queued on the connection there is, in order. */
export class Publisher {
  readonly queue: PublishQueue;
  #connection: Connection | undefined;
  /** Only what is under way is waited for: nothing more is sent. */
  #isDraining = false;
  #settled: (() => void) | undefined;
  #isSending = false;

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
    this.#isDraining = false;
    this.#send();
  }

  /** Sends nothing more, and waits until the broker has acknowledged what is under way, or for so long. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true;
    await this.#settle(timeoutMs);
  }

  /** Waits until the broker has acknowledged all there is, or for so long. */
  async flush(timeoutMs: number): Promise<void> {
    await this.#settle(timeoutMs);
  }

  /** The connection is gone: what it did not acknowledge is sent on the next one. */
  close(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.queue.connectionEnded();
    this.#settled?.();
  }

  get #isSettled(): boolean {
    return this.#connection === undefined || this.queue.underWay === 0;
  }

  async #settle(timeoutMs: number): Promise<void> {
    if (this.#isSettled) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#settled = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#settled = undefined;
    this.#isDraining = true;
  }

  #send(): void {
    const connection = this.#connection;
    // What is written at once (QoS 0) tells so while the next one is sent: that is no reason to begin again.
    if (!connection || this.#isSending) return;
    this.#isSending = true;
    const most = Math.min(mostUnderWay, connection.receiveMaximum);
    while (!this.#isDraining && this.queue.underWay < most) {
      const message = this.queue.take();
      if (!message) break;
      connection.publish(message, (outcome) => this.#hasOutcome(message, outcome));
    }
    this.#isSending = false;
    if (this.#isSettled) this.#settled?.();
  }

  #hasOutcome(message: QueuedMessage, outcome: PublishOutcome): void {
    if (outcome === "not sent") return;
    if (outcome === "acknowledged") this.queue.acknowledged(message);
    else this.queue.refused(message, new PublishRefused(message.topic, outcome));
    this.#send();
  }
}
