import type { House } from "../../open-house.ts";
import { isReadable, type StoreState, StoreUnavailable } from "../../registry/device-registry.ts";
import type { Exposition } from "./exposition.ts";

/** Every state of the store; complete, as the type says. */
const storeStates = Object.keys({
  ready: 0,
  missing: 0,
  locked: 0,
  "read-only": 0,
  full: 0,
  corrupt: 0,
  unavailable: 0,
} satisfies Record<StoreState, 0>);

/** The store behind the registry, the memory before it, and what waits to be written. */
export async function collectRegistry({ registry }: Pick<House, "registry">, out: Exposition): Promise<void> {
  const { state } = registry.health();
  out.set("connack_ready", state === "ready" ? 1 : 0);
  out.oneHot("connack_store_state", storeStates, state);
  const counters = registry.counters();
  out.set("connack_registry_cache_devices", counters.devices);
  out.set("connack_registry_cache_hits_total", counters.hits);
  out.set("connack_registry_cache_misses_total", counters.misses);
  out.set("connack_registry_cache_evicted_total", counters.evicted);
  out.set("connack_registry_sightings_waiting", counters.sightingsWaiting);
  out.set("connack_registry_sightings_dropped_total", counters.sightingsDropped);
  out.set("connack_registry_enrolments_waiting", counters.enrolmentsWaiting);
  out.set("connack_registry_enrolments_refused_total", counters.enrolmentsRefused);
  out.set("connack_registry_enrolments_failed_total", counters.enrolmentsFailed);
  if (isReadable(state)) await collectDevices(registry, out);
}

async function collectDevices(registry: House["registry"], out: Exposition): Promise<void> {
  try {
    for (const [status, devices] of Object.entries(await registry.count())) {
      out.set("connack_devices", devices, { status });
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error; // its state is told above
  }
}
