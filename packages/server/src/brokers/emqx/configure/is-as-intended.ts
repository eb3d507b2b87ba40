import type { Json } from "../management/management-client.ts";
import { compareObject } from "./compare-object.ts";
import { isObject, without } from "./leaves.ts";
import { isSameValue } from "./same-value.ts";

/** What POST takes and what is not part of a body as PUT takes it. */
const identity: ReadonlySet<string> = new Set(["id", "type", "name"]);

/** Whether an object is as a step meant it to be, but for what EMQX fills in and hides. */
export function isAsIntended(live: Json, intended: Json): boolean {
  if (!isObject(live) || !isObject(intended)) return isSameValue(live, intended);
  return compareObject(live, without(intended, identity), () => true).length === 0;
}
