import type { ConfigurationWarning } from "./configuration-step.ts";

/** Tells that somebody changed an object, or some places in it, after us; `goes`: it is removed all the same. */
export function changedSince(object: string, foreign: readonly string[], goes: boolean): ConfigurationWarning {
  const places = foreign.filter((key) => key !== "");
  const what = places.length > 0 ? `${object} (${places.join(", ")})` : object;
  return {
    name: "changed-since",
    sentence: goes
      ? `The ${what} was changed by somebody since Connack made it. It is removed all the same.`
      : `The ${what} was changed by somebody since. What they changed stays as it is.`,
    next: "look at it in EMQX's dashboard",
  };
}
