import { nearestKey } from "../../config/nearest-key.ts";
import { OperationError } from "../../operations/operation.ts";

/** Refuses members that mean nothing: throws `bad_input` with the name that was probably meant, and all there are. */
export function checkNames(given: readonly string[], known: readonly string[]): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestKey(unknown, known);
  const all = known.length === 0 ? "leave it out: nothing can be given here" : `known here: ${known.join(", ")}`;
  const fix = nearest === undefined ? all : `did you mean ${nearest}? ${all}`;
  throw meansNothing(unknown, fix);
}

export function meansNothing(name: string, fix: string): OperationError {
  return new OperationError("bad_input", `${JSON.stringify(name.slice(0, 64))} means nothing here`, fix);
}
