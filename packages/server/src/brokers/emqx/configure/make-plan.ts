import type { ChangeMemory } from "./change-memory.ts";
import type { ConfigurationPlan, ConfigurationStep } from "./configuration-step.ts";
import { cacheName, pathOf } from "./configured-object.ts";
import type { DesiredState } from "./desired-state.ts";
import { planAuthenticators } from "./plan-authenticators.ts";
import { planAuthorization } from "./plan-authorization.ts";
import { planAutoSubscribe } from "./plan-auto-subscribe.ts";
import { planEvents } from "./plan-events.ts";
import type { PlannedPart } from "./planned-part.ts";
import type { LiveEmqx } from "./read-state.ts";

export interface PlanOptions {
  /** Objects of others may be overwritten though they cannot be brought back as they were. */
  takeOver: boolean;
}

/**
 * From what EMQX is to what is wanted. What is not ours is never deleted: EMQX does not give its secrets back. The order
 * never opens the broker: rights come before those who need them, an authenticator is switched off only behind one that
 * works, and what others have is closed when ours is in place.
 */
export function makePlan(
  live: LiveEmqx,
  desired: DesiredState,
  memory: ChangeMemory,
  options: PlanOptions,
): ConfigurationPlan {
  const parts = [
    planAuthenticators(live, desired, memory, options),
    planAuthorization(live, desired, memory, options),
    planAutoSubscribe(live, desired, memory),
    planEvents(live, desired, memory),
  ];
  const steps = inOrder(parts.flatMap((part) => part.steps));
  return {
    steps: withEmptiedCache(steps),
    untouched: parts.flatMap((part) => part.untouched),
    warnings: parts.flatMap((part) => part.warnings),
    conflicts: parts.flatMap((part) => part.conflicts),
  };
}

/** By rank; those of equal rank as they were planned. */
export function inOrder(steps: PlannedPart["steps"]): ConfigurationStep[] {
  return [...steps].sort((a, b) => a.rank - b.rank).map(({ step }) => step);
}

/** What EMQX remembers for each client would hold for up to `authorization.cache.ttl`. */
export function withEmptiedCache(steps: readonly ConfigurationStep[]): ConfigurationStep[] {
  if (!steps.some(({ request }) => request.path.startsWith("/authorization/"))) return [...steps];
  const why = "answers that EMQX remembers from before would go on to count";
  const request = { method: "DELETE", path: pathOf(cacheName) } as const;
  return [
    ...steps,
    { kind: "change", object: cacheName, why, differences: [{ key: "answers", to: "forgotten" }], request },
  ];
}
