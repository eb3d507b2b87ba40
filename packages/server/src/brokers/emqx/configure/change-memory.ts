import type { Json, JsonObject } from "../management/management-client.ts";
import type { AppliedSecrets } from "./applied-secrets.ts";
import { compareObject } from "./compare-object.ts";
import { isObject, without } from "./leaves.ts";
import { isSameValue } from "./same-value.ts";
import type { NamedSnapshot, SnapshotEntry } from "./snapshot.ts";

/** What is remembered of our earlier changes, where EMQX itself does not show whose an object is. */
export interface ChangeMemory {
  secrets: Pick<AppliedSecrets, "knows" | "isKept">;
  /** Whether an object was made or filled in by us, and is as we left it; whether it is switched on does not count. */
  isOurs(name: string, live: JsonObject): boolean;
  /** Whether it was not there before us. */
  wasAdded(name: string): boolean;
  /** Members of a list that were put there by us. */
  addedTo(name: string): Json[];
}

/** From the changes that are still in EMQX, oldest first. */
export function changeMemory(inForce: readonly NamedSnapshot[], secrets: ChangeMemory["secrets"]): ChangeMemory {
  const entries = inForce.flatMap(({ snapshot }) => snapshot.entries).filter(({ state }) => state !== "planned");
  const of = (name: string) => entries.filter(({ object }) => object === name);
  return {
    secrets,
    isOurs(name, live) {
      // Any of them: whether the last one was done may not be known yet.
      return of(name).some((entry) => !isOnlySwitched(entry) && isAsLeft(entry, live));
    },
    wasAdded: (name) => of(name)[0]?.before === null,
    addedTo(name) {
      let added: Json[] = [];
      for (const entry of of(name)) {
        const [before, left] = [entry.before, leftBy(entry)].map((value) => (Array.isArray(value) ? value : []));
        const has = (list: Json[] | undefined, each: Json) => list?.some((other) => isSameValue(other, each)) ?? false;
        added = [...added.filter((each) => has(left, each)), ...(left ?? []).filter((each) => !has(before, each))];
      }
      return added;
    },
  };
}

const own = (object: JsonObject) => without(object, new Set(["enable"]));

/** What others made, and we only switched off, stays theirs. */
function isOnlySwitched(entry: SnapshotEntry): boolean {
  const [before, left] = [entry.before, leftBy(entry)];
  return entry.wrote.length === 0 && isObject(before) && isObject(left) && isSameValue(own(before), own(left));
}

function isAsLeft(entry: SnapshotEntry, live: JsonObject): boolean {
  const left = leftBy(entry);
  if (!isObject(left)) return false;
  if (entry.left === undefined) return compareObject(own(live), own(left), () => true).length === 0;
  return isSameValue(own(live), own(left));
}

/** As it was found after the change, or else as the change was meant. */
export function leftBy({ left, intended }: SnapshotEntry): Json {
  return left === undefined ? intended : left;
}
