import type { IncomingMessage } from "./connection.ts";
import type { DeviceClock } from "./device-clock.ts";
import type { CredentialsProvider } from "./device-credentials.ts";
import type { DeviceLoop } from "./device-loop.ts";
import type { Message } from "./device-options.ts";
import { type DeviceProblem, queueFullProblem } from "./device-problem.ts";
import type { DeviceState } from "./device-state.ts";
import { type DeviceStatus, deviceStatus } from "./device-status.ts";
import type { Emitter } from "./emitter.ts";
import { outgoingMessage } from "./outgoing-message.ts";
import type { Publisher } from "./publisher.ts";
import type { Subscriptions } from "./subscriptions.ts";

export interface DeviceEvents {
  state: DeviceState;
  problem: DeviceProblem;
  message: IncomingMessage;
}

export interface DeviceParts {
  events: Emitter<DeviceEvents>;
  loop: DeviceLoop;
  publisher: Publisher;
  subscriptions: Subscriptions;
  clock: DeviceClock;
  provider: CredentialsProvider;
  /** What the loop told last. */
  current: { state: DeviceState; problem: DeviceProblem | undefined };
}

/** A device that stays connected. Made by `createDevice`. */
export class Device {
  readonly #parts: DeviceParts;
  readonly #running: Promise<void>;

  constructor(parts: DeviceParts) {
    this.#parts = parts;
    // In a turn of its own: whoever makes a device can listen before it begins.
    this.#running = Promise.resolve().then(() => parts.loop.run());
  }

  /** Calls `listener` for each `state`, `problem` or `message`. Gives back what ends it. */
  on<Name extends keyof DeviceEvents>(name: Name, listener: (value: DeviceEvents[Name]) => void): () => void {
    return this.#parts.events.on(name, listener);
  }

  /**
   * Resolves when the broker has acknowledged it, on this connection or a later one (QoS 0: when it is written). Rejects
   * with `MessageDropped` when it had to make room or the device was stopped, with `PublishRefused` when the broker takes
   * it never; throws RangeError for a topic that is none.
   */
  publish(topic: string, payload: Message["payload"], options: Pick<Message, "qos" | "retain"> = {}): Promise<void> {
    const { publisher, events, current } = this.#parts;
    if (current.state === "stopped") throw new Error("the device is stopped");
    const droppedBefore = publisher.queue.dropped;
    const acknowledged = publisher.publish(outgoingMessage({ topic, payload, ...options }));
    if (droppedBefore === 0 && publisher.queue.dropped > 0) events.emit("problem", queueFullProblem);
    return acknowledged;
  }

  /**
   * Resolves when the broker has granted it; it is then asked for on every later connection, too. Rejects with
   * `SubscriptionRefused`. Messages come as events.
   */
  subscribe(filter: string, { qos = 1 }: { qos?: 0 | 1 | 2 } = {}): Promise<void> {
    return this.#parts.subscriptions.add(filter, qos);
  }

  async unsubscribe(filter: string): Promise<void> {
    await this.#parts.subscriptions.remove(filter);
  }

  /** Connects with new credentials now, in order: nothing is lost, and no last will is published. */
  refresh(): void {
    this.#parts.loop.refresh();
  }

  status(): DeviceStatus {
    return deviceStatus(this.#parts);
  }

  /** Says goodbye and ends. Waits for what is under way; what is not sent by then is rejected. */
  async stop(): Promise<void> {
    const { loop, publisher, subscriptions } = this.#parts;
    loop.stop();
    await this.#running;
    publisher.queue.clear("the device was stopped");
    subscriptions.clear("the device was stopped");
  }
}
