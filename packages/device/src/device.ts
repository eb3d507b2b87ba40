import type { IncomingMessage } from "./connection.ts";
import type { DeviceLoop } from "./device-loop.ts";
import type { Message } from "./device-options.ts";
import { type DeviceProblem, queueFullProblem } from "./device-problem.ts";
import type { DeviceState } from "./device-state.ts";
import { type DeviceStatus, deviceStatus } from "./device-status.ts";
import type { Emitter } from "./emitter.ts";
import type { LoopParts } from "./loop-parts.ts";
import { outgoingMessage } from "./outgoing-message.ts";
import { MessageDropped } from "./publish-queue.ts";

export interface DeviceEvents {
  state: DeviceState;
  problem: DeviceProblem;
  message: IncomingMessage;
}

export interface DeviceParts extends LoopParts {
  events: Emitter<DeviceEvents>;
  loop: DeviceLoop;
}

/** A device that stays connected. Made by `createDevice`. */
export class Device {
  readonly #parts: DeviceParts;
  readonly #running: Promise<void>;
  /** The queue has dropped messages, and not been empty since. */
  #isOverflowing = false;

  constructor(parts: DeviceParts) {
    this.#parts = parts;
    // In a turn of its own: whoever makes a device can listen before it begins.
    this.#running = Promise.resolve().then(() => this.#run());
  }

  /** Calls `listener` for each `state`, `problem` or `message`. Gives back what ends it. */
  on<Name extends keyof DeviceEvents>(name: Name, listener: (value: DeviceEvents[Name]) => void): () => void {
    return this.#parts.events.on(name, listener);
  }

  /**
   * Resolves when the broker has acknowledged it, on this connection or a later one (QoS 0: when it is written). Rejects
   * with `MessageDropped` when it had to make room or the device was stopped, with `PublishRefused` when the broker never
   * takes it, with RangeError or TypeError for what is no message, or one that is larger than the whole queue. A program
   * may leave it alone: what is dropped is counted and told as a problem, and nobody has to catch it.
   */
  publish(topic: string, payload: Message["payload"], options: Pick<Message, "qos" | "retain"> = {}): Promise<void> {
    const acknowledged = this.#publish({ topic, payload, ...options });
    acknowledged.catch(() => {});
    return acknowledged;
  }

  /**
   * Resolves when the broker has granted it; it is then asked for on every later connection, too. Rejects with
   * `SubscriptionRefused`, which is told as a problem as well, with RangeError for what is no filter, and when the device is
   * stopped before. Messages come as events. QoS 2 is not offered: such a message could be lost between two connections.
   */
  subscribe(filter: string, { qos = 1 }: { qos?: 0 | 1 } = {}): Promise<void> {
    const granted = this.#subscribe(filter, qos);
    granted.catch(() => {});
    return granted;
  }

  /** Resolves when the broker has confirmed it; without a connection at once, and the broker is told on the next one. */
  unsubscribe(filter: string): Promise<void> {
    return this.#parts.subscriptions.remove(filter);
  }

  /** Connects with new credentials, as soon as there is a connection; nothing is lost, and no last will is published. */
  refresh(): void {
    this.#parts.loop.refresh();
  }

  status(): DeviceStatus {
    return deviceStatus(this.#parts);
  }

  /** Says goodbye and ends, within a few seconds. What the broker has not acknowledged by then is rejected. */
  async stop(): Promise<void> {
    this.#parts.loop.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { loop, publisher, subscriptions, onState } = this.#parts;
    await loop.run();
    publisher.queue.clear("the device was stopped");
    subscriptions.clear("the device was stopped");
    onState("stopped");
  }

  async #publish(message: Message): Promise<void> {
    const { publisher, history, onProblem } = this.#parts;
    if (history.state === "stopped") throw new MessageDropped("the device is stopped");
    const outgoing = outgoingMessage(message);
    const { queue } = publisher;
    if (queue.length === 0) this.#isOverflowing = false;
    const droppedBefore = queue.dropped;
    const acknowledged = publisher.publish(outgoing);
    if (queue.dropped > droppedBefore && !this.#isOverflowing) {
      this.#isOverflowing = true;
      onProblem(queueFullProblem);
    }
    await acknowledged;
  }

  async #subscribe(filter: string, qos: 0 | 1): Promise<void> {
    const { subscriptions, history } = this.#parts;
    if (history.state === "stopped") throw new Error("the device is stopped");
    await subscriptions.add(filter, qos);
  }
}
