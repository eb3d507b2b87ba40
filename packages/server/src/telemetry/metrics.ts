import type { X509Certificate } from "node:crypto";
import type { RecordStep } from "../authn/step-timer.ts";
import type { DecisionEvent } from "../http/authn-route.ts";
import type { House } from "../open-house.ts";
import type { DeviceRegistry } from "../registry/device-registry.ts";
import { DecisionMetrics } from "./decision-metrics.ts";
import { otherValue } from "./label-counts.ts";
import { Exposition, loadRegistry, type RenderedMetrics } from "./metrics/exposition.ts";
import { type Collect, type WatchedHouse, watchHouse } from "./metrics/watch-house.ts";
import { type CountingRegistry, StoreMetrics } from "./store-metrics.ts";

/**
 * What is counted and timed, for Prometheus. To count is cheap: plain numbers in what was prepared. All else is found
 * out when somebody asks.
 */
export interface Metrics {
  decided(event: DecisionEvent): void;
  recordStep: RecordStep;
  /**
   * A publish or subscribe that was denied; `undefined` where the question could not be read. Not to be told of those at
   * the embedded broker, which counts them itself, also where they are too many to be told one by one.
   */
  topicDenied(broker: string, type: "publish" | "subscribe" | undefined, reason: string): void;
  /** The same store; its operations are timed, and what waits for it is shown. */
  watchStore(store: CountingRegistry): DeviceRegistry;
  /** The certificate that a listener uses from now on. */
  certificateInForce(listener: string, certificate: Pick<X509Certificate, "validTo">): void;
  /** The log whose lost lines are shown. */
  watchLog(log: { dropped(): number }): void;
  /**
   * Loads what scrapes need and begins to watch event loop and clock. Not for a single command, which nobody scrapes:
   * it pays for nothing.
   */
  start(): Promise<void>;
  /** Everything, in Prometheus' text format. Starts, where that has not been done. */
  render(): Promise<RenderedMetrics>;
  close(): void;
}

export interface MetricsOptions {
  /** The house that is shown. */
  house(): House;
  /** Told when something could not be found out; the rest is rendered all the same. */
  onError(error: unknown): void;
}

export function createMetrics({ house, onError }: MetricsOptions): Metrics {
  const decisions = new DecisionMetrics();
  const store = new StoreMetrics();
  const certificates = new Map<string, number>();
  let droppedLines: (() => number) | undefined;
  let watched: WatchedHouse | undefined;
  let rendering: Promise<RenderedMetrics> | undefined;

  const own: Collect[] = [
    (out) => decisions.collect(keyIds(house()), out),
    (out) => store.collect(out),
    (out) => out.set("connack_log_lines_dropped_total", droppedLines?.()),
    (out) => {
      for (const [listener, at] of certificates) {
        out.set("connack_certificate_expires_timestamp_seconds", at, { listener });
      }
    },
  ];

  async function start(): Promise<WatchedHouse> {
    await loadRegistry();
    watched ??= watchHouse(house());
    return watched;
  }

  async function render(): Promise<RenderedMetrics> {
    const { sources } = await start();
    const out = new Exposition();
    for (const collect of [...own, ...sources]) {
      try {
        await collect(out);
      } catch (error) {
        onError(error);
      }
    }
    return await out.render();
  }

  return {
    decided: (event) => decisions.decided(event),
    recordStep: (step, seconds) => decisions.stepTook(step, seconds),
    topicDenied: (broker, type, reason) => decisions.topicDenied(broker, type ?? otherValue, reason),
    watchStore: (registry) => store.watch(registry),
    certificateInForce: (listener, { validTo }) => void certificates.set(listener, Date.parse(validTo) / 1000),
    watchLog(log) {
      droppedLines = () => log.dropped();
    },
    start: async () => void (await start()),
    render() {
      // Whoever asks meanwhile gets the same.
      rendering ??= render().finally(() => {
        rendering = undefined;
      });
      return rendering;
    },
    close: () => watched?.stop(),
  };
}

function keyIds({ keyRing }: House): string[] {
  return keyRing.keys().map(({ id }) => id);
}
