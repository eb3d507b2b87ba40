import { objectsOf } from "./configured-object.ts";
import type { EmqxState } from "./emqx-state.ts";
import { isAsIntended } from "./is-as-intended.ts";
import { mayComeLate } from "./may-come-late.ts";
import { isSameValue } from "./same-value.ts";
import { type NamedSnapshot, saveSnapshot } from "./snapshot.ts";

/**
 * Finds out how far a change came whose process ended in the middle of a step: it was done where EMQX has what was
 * meant, and not where it has, some time later, what was there before. Only under the lock of the folder.
 */
export async function settleSnapshots(
  folder: string,
  snapshots: readonly NamedSnapshot[],
  state: EmqxState,
  now: Date,
): Promise<void> {
  const objects = objectsOf(state);
  for (const named of snapshots) {
    const open = named.snapshot.entries.filter((entry) => entry.state === "begun");
    for (const entry of open) {
      const live = objects.get(entry.object) ?? null;
      if (isSameValue(live, entry.before)) {
        if (!mayComeLate(entry, now)) entry.state = "planned";
      } else if (isAsIntended(live, entry.intended)) {
        entry.left = live;
        entry.state = "done";
      }
      // Otherwise somebody has changed it since: what was meant then tells what is ours in it.
    }
    if (open.some(({ state: found }) => found !== "begun")) await saveSnapshot(folder, named);
  }
}
