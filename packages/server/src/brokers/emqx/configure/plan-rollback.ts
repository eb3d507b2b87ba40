import type { Json, JsonObject } from "../management/management-client.ts";
import { leftBy } from "./change-memory.ts";
import { changedSince } from "./changed-since.ts";
import { compareObject } from "./compare-object.ts";
import type { ConfigurationPlan, ConfigurationStep, ConfigurationWarning } from "./configuration-step.ts";
import {
  autoSubscribeName,
  databaseRulesName,
  nameOf,
  objectKinds,
  objectsOf,
  orderName,
  readName,
} from "./configured-object.ts";
import { isObject, valueAt } from "./leaves.ts";
import { inOrder, withEmptiedCache } from "./make-plan.ts";
import { databaseRulesStep } from "./plan-authorization.ts";
import { autoSubscribeStep } from "./plan-auto-subscribe.ts";
import { planFormerOrder } from "./plan-former-order.ts";
import { putStep, type RankedStep, removeStep } from "./planned-part.ts";
import type { LiveEmqx } from "./read-state.ts";
import { revertObject } from "./revert-object.ts";
import { rollbackRank } from "./rollback-rank.ts";
import { isSameValue } from "./same-value.ts";
import type { NamedSnapshot, SnapshotEntry } from "./snapshot.ts";
import { withoutOurSecrets } from "./without-our-secrets.ts";

export interface RollbackPlan extends ConfigurationPlan {
  /** No authenticator would be enabled afterwards: EMQX would let everybody in. */
  opens: boolean;
}

/** Back to what was found before the first of some changes; they are given oldest first, with all that came after it. */
export function planRollback(live: LiveEmqx, changes: readonly NamedSnapshot[]): RollbackPlan {
  const objects = objectsOf(live.state);
  const warnings: ConfigurationWarning[] = [];
  const targets = new Map<string, Json | null>();
  const entries = changes.flatMap(({ snapshot }) => snapshot.entries).filter(({ state }) => state !== "planned");
  for (const entry of [...entries].reverse()) {
    if (entry.object === orderName) continue;
    const now = targets.has(entry.object) ? (targets.get(entry.object) ?? null) : (objects.get(entry.object) ?? null);
    targets.set(entry.object, revertEntry(entry, now, warnings));
  }
  const steps: RankedStep[] = [];
  for (const [object, target] of targets) {
    const step = stepTo(object, objects.get(object), target, warnings);
    if (step) steps.push({ rank: rollbackRank(step), step });
  }
  const order = planFormerOrder(objects, targets, entries, warnings);
  if (order) steps.push({ rank: rollbackRank(order), step: order });
  const chain = live.state.authenticators.map((each) => nameOf("authenticator", objectKinds.authenticator.id(each)));
  const isEnabled = (name: string) => {
    const after = targets.has(name) ? targets.get(name) : objects.get(name);
    return isObject(after ?? undefined) && valueAt(after ?? undefined, ["enable"]) !== false;
  };
  const touched = new Set([...targets.keys()]);
  return {
    steps: withEmptiedCache(inOrder(steps)),
    untouched: [...objects.keys()].filter((name) => readName(name) !== undefined && !touched.has(name)),
    warnings,
    conflicts: [],
    opens: !chain.some(isEnabled) && steps.some(({ step }) => readName(step.object)?.kind === "authenticator"),
  };
}

function revertEntry(entry: SnapshotEntry, now: Json | null, warnings: ConfigurationWarning[]): Json | null {
  const left = leftBy(entry);
  const { value, foreign } = revertObject(entry.before, left, now);
  if (foreign.length > 0) warnings.push(changedSince(entry.object, foreign, value === null));
  return value === null ? null : withoutOurSecrets(entry, value, warnings);
}

function stepTo(
  object: string,
  live: Json | undefined,
  target: Json | null,
  warnings: ConfigurationWarning[],
): ConfigurationStep | undefined {
  if (target === null) return live === undefined ? undefined : removeStep(object, "it was not there before");
  if (live === undefined) {
    warnings.push({
      name: "object-gone",
      sentence: `The ${object} is not there any more. A rollback makes nothing new, as EMQX never showed its secrets.`,
      next: "make it again in EMQX's dashboard",
    });
    return undefined;
  }
  if (isSameValue(live, target)) return undefined;
  if (object === autoSubscribeName) return autoSubscribeStep(live as JsonObject[], target as JsonObject[]);
  if (object === databaseRulesName) return databaseRulesStep(live as Json[], target as Json[]);
  const differences = compareObject(live as JsonObject, target as JsonObject, () => false);
  const [only] = differences;
  const switched = differences.length === 1 && only?.key === "enable";
  const kind = switched ? (only.to === true ? "enable" : "disable") : "change";
  return putStep(kind, object, target, differences);
}
