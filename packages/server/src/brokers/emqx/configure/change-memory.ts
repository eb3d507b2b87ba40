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
      const last = of(name).at(-1);
      const left = last && leftBy(last);
      if (!isObject(left)) return false;
      const own = (object: JsonObject) => without(object, switches);
      const isOnlySwitched = ({ before }: SnapshotEntry) => isObject(before) && isSameValue(own(before), own(left));
      // What others made, and we only switched off, stays theirs.
      if (of(name).every(isOnlySwitched)) return false;
      if (last?.left === undefined) return compareObject(own(live), own(left), () => true).length === 0;
      return isSameValue(own(live), own(left));
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

const switches: ReadonlySet<string> = new Set(["enable"]);

/** As it was found after the change, or else as the change was meant. */
export function leftBy({ left, intended }: SnapshotEntry): Json {
  return left === undefined ? intended : left;
}
