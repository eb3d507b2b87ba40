import { z } from "zod";
import { type Operation, operation } from "./operation.ts";

/** Whether the parts that keep something can: cheap enough to be asked every few seconds. Times as ISO 8601. */
const health = operation({
  name: "health",
  role: "viewer",
  input: z.strictObject({}),
  run({ registry, audit, warnings }) {
    const ofRegistry = registry.health();
    return {
      ready: ofRegistry.state === "ready",
      registry: withIsoTime(ofRegistry),
      audit: withIsoTime(audit.health()),
      warnings: warnings(),
    };
  },
});

export const healthOperations: readonly Operation[] = [health as Operation];

function withIsoTime<Health extends { since: number }>(health: Health): Omit<Health, "since"> & { since: string } {
  return { ...health, since: new Date(health.since).toISOString() };
}
