import { inspect } from "node:util";

/** Everything that a value may end up as in a log. */
export function shownEverywhere(value: unknown): string {
  return [String(value), JSON.stringify(value), inspect(value, { depth: 10, showHidden: true })].join("\n");
}
