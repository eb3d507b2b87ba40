import type { StoreHealth } from "../registry/device-registry.ts";

/** What `/readyz` says: whether new devices can be decided, and what an operator should look at. */
export interface Readiness {
  ready: boolean;
  registry: StoreHealth;
  /** Standing problems that do not stop the service, e.g. a weak key that was let through. */
  warnings: string[];
}
