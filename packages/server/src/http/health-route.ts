import type { CallbackReply } from "../brokers/broker-adapter.ts";
import type { StoreHealth } from "../registry/device-registry.ts";

/** What `/readyz` says: whether new devices can be decided, and what an operator should look at; times as ISO 8601. */
export interface Readiness {
  ready: boolean;
  registry: StoreHealth;
  /** Standing problems that do not stop the service, e.g. a weak key that was let through. */
  warnings: string[];
}

/** 200 or 503. Only who may ask about devices gets more than `ready`: paths and weak keys are not for strangers. */
export function readinessReply(readiness: Readiness, mayKnow: boolean): CallbackReply {
  const { ready, registry } = readiness;
  const told = { ...readiness, registry: { ...registry, since: new Date(registry.since).toISOString() } };
  const body = `${JSON.stringify(mayKnow ? told : { ready }, null, 2)}\n`;
  return { status: ready ? 200 : 503, contentType: "application/json", body };
}
