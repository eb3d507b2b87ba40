import type { JsonObject } from "../management/management-client.ts";
import type { ChangeMemory } from "./change-memory.ts";
import type { ConfigurationStep, Difference } from "./configuration-step.ts";
import { autoSubscribeName } from "./configured-object.ts";
import type { DesiredState } from "./desired-state.ts";
import { applyRanks, emptyPart, type PlannedPart, putStep } from "./planned-part.ts";
import type { LiveEmqx } from "./read-state.ts";
import { isSameValue } from "./same-value.ts";

/** EMQX 5.8.0 answers 409 EXCEED_LIMIT to more (recorded). */
const most = 20;

/** Our topics behind those that are there; those of ours that are not wanted any more go. */
export function planAutoSubscribe({ state }: LiveEmqx, desired: DesiredState, memory: ChangeMemory): PlannedPart {
  const part = emptyPart();
  const live = state.autoSubscribe;
  const wanted = desired.autoSubscribe;
  const topics = (list: readonly JsonObject[]) => new Set(list.map(({ topic }) => topic));
  const gone = memory
    .addedTo(autoSubscribeName)
    .filter((each) => !topics(wanted).has((each as JsonObject)["topic"] ?? ""));
  const stays = live.filter((each) => !gone.some((other) => isSameValue(other, each)));
  const list = [...stays, ...wanted.filter(({ topic }) => !topics(live).has(topic))];
  part.untouched.push(
    ...stays.filter(({ topic }) => !topics(wanted).has(topic)).map(({ topic }) => `auto-subscription ${String(topic)}`),
  );
  if (list.length > most) {
    part.conflicts.push({
      name: "too-many-auto-subscriptions",
      sentence: `EMQX subscribes clients to ${live.length} topics by itself, and takes ${most}: ours do not fit in.`,
      next: "remove some in EMQX (dashboard: Auto Subscribe), or have fewer brokers.emqx.autoSubscribe",
    });
  } else if (!isSameValue(live, list)) {
    part.steps.push({ rank: applyRanks.autoSubscribe, step: autoSubscribeStep(live, list) });
  }
  return part;
}

/** EMQX takes the whole list. */
export function autoSubscribeStep(live: readonly JsonObject[], list: JsonObject[]): ConfigurationStep {
  const has = (all: readonly JsonObject[], each: JsonObject) => all.some((other) => isSameValue(other, each));
  const differences: Difference[] = [
    ...live.filter((each) => !has(list, each)).map(({ topic }) => ({ key: "topic", from: topic ?? null })),
    ...list.filter((each) => !has(live, each)).map(({ topic }) => ({ key: "topic", to: topic ?? null })),
  ];
  return putStep("change", autoSubscribeName, list, differences);
}
