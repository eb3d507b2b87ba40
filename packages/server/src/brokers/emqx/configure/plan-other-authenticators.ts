import type { JsonObject } from "../management/management-client.ts";
import type { ConfigurationStep } from "./configuration-step.ts";
import { bodyOf, nameOf } from "./configured-object.ts";
import type { DesiredState } from "./desired-state.ts";
import { applyRanks, type PlannedPart, putStep } from "./planned-part.ts";

/** Those of others stay as they are, or are switched off; they are never removed. */
export function planOthers(
  part: PlannedPart,
  others: readonly (readonly [string, JsonObject])[],
  { otherAuthenticators }: Pick<DesiredState, "otherAuthenticators">,
): void {
  const kept = others.filter(([, each]) => each["enable"] !== false && otherAuthenticators === "keep");
  for (const [id, live] of others) planOther(part, id, live, otherAuthenticators);
  if (kept.length > 0) part.warnings.push(otherClients(kept.map(([id]) => id)));
}

function planOther(
  part: PlannedPart,
  id: string,
  live: JsonObject,
  otherAuthenticators: DesiredState["otherAuthenticators"],
): void {
  const object = nameOf("authenticator", id);
  const isEnabled = live["enable"] !== false;
  if (!isEnabled || otherAuthenticators === "keep") {
    part.untouched.push(isEnabled ? object : `${object} (disabled)`);
    return;
  }
  const step = disableStep(object, live, "brokers.emqx.otherAuthenticators is disable");
  part.steps.push({ rank: applyRanks.disableAuthenticator, step });
}

/** Everything else in it stays, also what EMQX hides. */
export function disableStep(object: string, live: JsonObject, why: string): ConfigurationStep {
  const body = { ...(bodyOf(object, live) as JsonObject), enable: false };
  return putStep("disable", object, body, [{ key: "enable", from: true, to: false }], why);
}

function otherClients(ids: readonly string[]) {
  return {
    name: "other-clients-need-rights",
    sentence:
      `Clients that ${ids.join(", ")} ${ids.length === 1 ? "lets" : "let"} in get no rights from Connack, and with no_match deny they may do ` +
      "only what EMQX's authorization sources allow them.",
    next: "give them rules in EMQX, add them to Connack, or set brokers.emqx.otherAuthenticators: disable",
  };
}
