import type { Json } from "../management/management-client.ts";
import { isObject, leavesOf, withLeaves } from "./leaves.ts";
import { isSameValue } from "./same-value.ts";

export interface Reverted {
  /** `null`: it goes. */
  value: Json | null;
  /** Places that somebody has changed since, and that stay as they are. */
  foreign: string[];
}

/**
 * Takes back one change of ours: what was `before` and what we `left` tell which values we changed; those that are still
 * ours become what they were, and what somebody has changed since stays. Of lists members are taken out and put back.
 */
export function revertObject(before: Json, left: Json, live: Json): Reverted {
  if (isSameValue(live, left)) return { value: before, foreign: [] };
  if (isSameValue(live, before)) return { value: live, foreign: [] };
  // It was not there before, or not after: what came since is not ours to take away or to bring back.
  if (before === null) return { value: null, foreign: live === null ? [] : [""] };
  if (live === null || left === null) return { value: live, foreign: [""] };
  if (Array.isArray(before) && Array.isArray(left) && Array.isArray(live)) return revertList(before, left, live);
  if (!isObject(before) || !isObject(left) || !isObject(live)) return { value: live, foreign: [""] };
  return revertFields(before, left, live);
}

function revertFields(before: Json, left: Json, live: Json): Reverted {
  const [was, did, is] = [before, left, live].map(valuesByKey) as [Values, Values, Values];
  const changes: { path: readonly string[]; value: Json | undefined }[] = [];
  const foreign: string[] = [];
  for (const [key, path] of new Map([...was, ...did, ...is].map(([each, leaf]) => [each, leaf.path]))) {
    const [old, ours, now] = [was, did, is].map((values) => values.get(key)?.value);
    if (isSameValue(old, ours)) {
      if (!isSameValue(now, ours)) foreign.push(key);
    } else if (isSameValue(now, ours)) changes.push({ path, value: old });
    else if (!isSameValue(now, old)) foreign.push(key);
  }
  return { value: withLeaves(live, changes), foreign };
}

type Values = Map<string, { path: readonly string[]; value: Json }>;

function valuesByKey(value: Json): Values {
  return new Map(leavesOf(value).map((leaf) => [leaf.path.join("."), leaf]));
}

function revertList(before: Json[], left: Json[], live: Json[]): Reverted {
  const has = (list: readonly Json[], each: Json) => list.some((other) => isSameValue(other, each));
  const stays = live.filter((each) => !has(left, each) || has(before, each));
  const missing = before.filter((each) => !has(left, each) && !has(live, each));
  const foreign = [...live.filter((each) => !has(left, each)), ...left.filter((each) => !has(live, each))];
  return { value: [...stays, ...missing], foreign: foreign.length > 0 ? [""] : [] };
}
