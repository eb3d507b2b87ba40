import type { Json } from "../management/management-client.ts";
import { leftBy } from "./change-memory.ts";
import { changedSince } from "./changed-since.ts";
import type { ConfigurationStep, ConfigurationWarning } from "./configuration-step.ts";
import { nameOf, orderName } from "./configured-object.ts";
import { orderStep } from "./plan-order.ts";
import { isSameValue } from "./same-value.ts";
import type { SnapshotEntry } from "./snapshot.ts";

/** Those that were there before in their order, what came since behind them, and what goes at the end. */
export function planFormerOrder(
  objects: ReadonlyMap<string, Json>,
  targets: ReadonlyMap<string, Json | null>,
  entries: readonly SnapshotEntry[],
  warnings: ConfigurationWarning[],
): ConfigurationStep | undefined {
  const changes = entries.filter(({ object }) => object === orderName);
  const [first, last] = [changes[0], changes.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const live = idsIn(objects.get(orderName));
  const leaves = (id: string) => targets.get(nameOf("authenticator", id)) === null;
  const [before, left] = [idsIn(first.before), idsIn(leftBy(last))];
  const isKnown = (id: string) => left.includes(id);
  if (
    !isSameValue(
      live.filter(isKnown),
      left.filter((id) => live.includes(id)),
    )
  ) {
    if (
      !isSameValue(
        live.filter((id) => before.includes(id)),
        before.filter((id) => live.includes(id)),
      )
    ) {
      warnings.push(changedSince(orderName, [""], false));
    }
    return undefined;
  }
  const stay = live.filter((id) => !leaves(id));
  const wanted = [...before.filter((id) => stay.includes(id)), ...stay.filter((id) => !before.includes(id))];
  if (isSameValue(stay, wanted)) return undefined;
  const ids = [...wanted, ...live.filter(leaves)];
  return orderStep(live, ids);
}

function idsIn(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
