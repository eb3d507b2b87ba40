import type { SnapshotEntry } from "./snapshot.ts";

/** EMQX may still do what nobody waits for any more: as long, nothing is taken for not done. */
const doneLateMs = 120_000;

/** Whether a step was begun, no answer came, and EMQX may do it yet. A clock that was set back does not count. */
export function mayComeLate({ state, begunAt }: SnapshotEntry, now: Date): boolean {
  if (state !== "begun" || begunAt === undefined) return false;
  const age = now.getTime() - Date.parse(begunAt);
  return age >= 0 && age < doneLateMs;
}
