import type { ConfigurationStep } from "./configuration-step.ts";
import { orderName, pathOf } from "./configured-object.ts";
import type { DesiredState } from "./desired-state.ts";
import { applyRanks, type PlannedPart } from "./planned-part.ts";
import { isSameValue } from "./same-value.ts";

export interface ChainIds {
  live: readonly string[];
  ours: readonly string[];
  /** Those that go at the end; until then the order has to name them. */
  leaving: readonly string[];
}

/** Ours before all others, or behind them. */
export function planOrder(
  part: PlannedPart,
  { live, ours, leaving }: ChainIds,
  position: DesiredState["position"],
): void {
  const stay = live.filter((id) => !leaving.includes(id));
  const others = stay.filter((id) => !ours.includes(id));
  const order = position === "front" ? [...ours, ...others] : [...others, ...ours];
  // Those added last stand last; they are added in reverse order.
  const added = [...ours].reverse().filter((id) => !live.includes(id));
  if (isSameValue([...stay, ...added], order)) return;
  const found = [...live, ...added];
  const wanted = [...order, ...leaving];
  part.steps.push({ rank: applyRanks.orderAuthenticators, step: orderStep(found, wanted) });
}

/** EMQX wants all of them named. */
export function orderStep(live: readonly string[], wanted: readonly string[]): ConfigurationStep {
  return {
    kind: "reorder",
    object: orderName,
    differences: [{ key: "authenticators", from: live.join(", "), to: wanted.join(", ") }],
    request: { method: "PUT", path: pathOf(orderName), body: wanted.map((id) => ({ id })) },
  };
}
