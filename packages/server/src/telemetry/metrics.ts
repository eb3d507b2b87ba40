import type { DecisionEvent } from "../http/authn-route.ts";

/** What is counted and timed, for Prometheus. */
export interface Metrics {
  decided(event: DecisionEvent): void;
  /** A publish or subscribe that was denied. */
  topicDenied(broker: string, reason: string): void;
}

export function createMetrics(): Metrics {
  return { decided() {}, topicDenied() {} };
}
