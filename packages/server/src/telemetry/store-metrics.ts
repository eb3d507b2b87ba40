import type { DeviceRegistry } from "../registry/device-registry.ts";
import type { SqliteCounters } from "../registry/sqlite/sqlite-registry.ts";
import { type TimedOperation, timedOperations, timedRegistry } from "../registry/timed-registry.ts";
import { histogramsOf } from "./histogram.ts";
import type { Exposition } from "./metrics/exposition.ts";

/** A store that tells what waits for it. */
export type CountingRegistry = DeviceRegistry & { counters(): SqliteCounters };

/** A look-up takes microseconds, a write to a busy disk seconds. */
const bounds = [0.00001, 0.000025, 0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How long the store takes, and what waits for it. */
export class StoreMetrics {
  readonly #times = histogramsOf<TimedOperation>(timedOperations, bounds);
  #counters: (() => SqliteCounters) | undefined;

  watch(registry: CountingRegistry): DeviceRegistry {
    this.#counters = () => registry.counters();
    return timedRegistry(registry, (operation, seconds) => this.#times.get(operation)?.observe(seconds));
  }

  collect(out: Exposition): void {
    for (const [operation, histogram] of this.#times) out.histogram("connack_store_seconds", histogram, { operation });
    const counters = this.#counters?.();
    out.set("connack_store_requests_waiting", counters?.waiting);
    out.set("connack_store_requests_refused_total", counters?.refused);
    out.set("connack_store_writer_restarts_total", counters?.restarts);
  }
}
