import { createHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeviceCredentials } from "@connack/device";
import { ConnectFigures } from "./connect-figures.ts";
import { eachAtOnce } from "./each-at-once.ts";
import { type MessageCounts, sumOfMessages } from "./message-ledger.ts";
import { SimulatedDevice, type SimulatedDeviceParts } from "./simulated-device.ts";
import type { SimulationPlan } from "./simulation-plan.ts";

/** Devices that say goodbye at the same time. */
const stoppedAtOnce = 200;

/** All legitimate devices of a run. */
export class Fleet {
  readonly devices: readonly SimulatedDevice[];
  readonly figures = new ConnectFigures(() => performance.now());
  /** Milliseconds from publishing to receiving. */
  readonly #deliveries = createHistogram();
  #started = 0;

  constructor(plan: SimulationPlan, ids: readonly string[], credentials: (id: string) => Promise<DeviceCredentials>) {
    const { url, protocolVersion, ca, publishEverySeconds } = plan;
    const options: SimulatedDeviceParts["options"] = {
      url,
      protocolVersion,
      ...(ca !== undefined && { tls: { ca } }),
    };
    this.devices = ids.map(
      (id) =>
        new SimulatedDevice({
          id,
          options,
          publishEverySeconds,
          figures: this.figures,
          credentials: () => credentials(id),
          onDelivery: (afterMs) => this.#deliveries.record(Math.max(1, afterMs)),
        }),
    );
  }

  /** Switches the devices on, spread evenly over the time. */
  async start(withinMs: number, signal: AbortSignal): Promise<void> {
    const beganAt = performance.now();
    const all = this.devices.length;
    while (this.#started < all) {
      const due = withinMs === 0 ? all : Math.ceil((all * (performance.now() - beganAt)) / withinMs);
      while (this.#started < Math.min(due, all)) this.devices[this.#started++]?.start();
      if (this.#started < all) await sleep(10, undefined, { signal });
    }
  }

  get started(): number {
    return this.#started;
  }

  get connected(): number {
    return this.#count((device) => device.link.isOpen);
  }

  /** Connected, and subscribed to their own topic. */
  get ready(): number {
    return this.#count((device) => device.isReady);
  }

  get messages(): MessageCounts {
    return sumOfMessages(this.devices.map(({ ledger }) => ledger.counts()));
  }

  /** Milliseconds; `undefined` before the first message came back. */
  get deliveryTimes(): { p50: number; p99: number; max: number } | undefined {
    if (this.#deliveries.count === 0) return undefined;
    return {
      p50: this.#deliveries.percentile(50),
      p99: this.#deliveries.percentile(99),
      max: this.#deliveries.max,
    };
  }

  get isSettled(): boolean {
    return this.devices.every(({ ledger }) => ledger.isSettled);
  }

  /** Why some devices may not subscribe to their own topic: the first of these. */
  get subscriptionProblems(): { count: number; first: string | undefined } {
    const problems = this.devices.map((device) => device.subscriptionProblem).filter((each) => each !== undefined);
    return { count: problems.length, first: problems[0] };
  }

  stopPublishing(): void {
    for (const device of this.devices) device.stopPublishing();
  }

  async stop(): Promise<void> {
    this.stopPublishing();
    // First of all: what waits for a network to come back does not answer before.
    for (const { link } of this.devices) link.mend();
    await eachAtOnce(this.devices.slice(0, this.#started), stoppedAtOnce, (device) => device.stop());
  }

  #count(is: (device: SimulatedDevice) => boolean): number {
    let count = 0;
    for (const device of this.devices) if (is(device)) count++;
    return count;
  }
}
