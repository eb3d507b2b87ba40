import type { JsonObject } from "../management/management-client.ts";
import { mask } from "../management/scrub-secrets.ts";
import type { ChangeMemory } from "./change-memory.ts";
import { compareObject } from "./compare-object.ts";
import { bodyOf, nameOf } from "./configured-object.ts";
import { type DesiredState, httpAuthenticator, jwtAuthenticator } from "./desired-state.ts";
import { isConnackAddress } from "./is-connack-address.ts";
import type { PlanOptions } from "./make-plan.ts";
import { planOrder } from "./plan-order.ts";
import { disableStep, planOthers } from "./plan-other-authenticators.ts";
import { planTakeOver } from "./plan-take-over.ts";
import { addStep, applyRanks, emptyPart, mergedBody, type PlannedPart, putStep, removeStep } from "./planned-part.ts";
import type { LiveEmqx } from "./read-state.ts";

/** Our authenticators, their place in the chain, and what happens to those of others. */
export function planAuthenticators(
  { state }: LiveEmqx,
  desired: DesiredState,
  memory: ChangeMemory,
  options: PlanOptions,
): PlannedPart {
  const part = emptyPart();
  const live = new Map(state.authenticators.map((each) => [idOf(each), each]));
  const wanted = desired.authenticators.map((body) => ({ id: idOfBody(body), body }));
  // The one with the call comes first: where it stands alone for a moment it decides about everybody.
  for (const { id, body } of [...wanted].reverse()) {
    const found = live.get(id);
    if (found === undefined) {
      part.steps.push({ rank: applyRanks.addAuthenticator, step: addStep("authenticator", id, body, newPlace) });
    } else planExisting(part, found, body, { desired, memory, options });
  }
  const leaving = [...live].filter(
    ([id, each]) => id === jwtAuthenticator && !isWanted(id) && isOurs(each, memory, desired),
  );
  for (const [id, found] of leaving) {
    const object = nameOf("authenticator", id);
    const why = "EMQX is not to check tokens by itself any more";
    // Where somebody else's stood before, a rollback brings that back.
    if (memory.wasAdded(object))
      part.steps.push({ rank: applyRanks.removeAuthenticator, step: removeStep(object, why) });
    else if (found["enable"] !== false)
      part.steps.push({ rank: applyRanks.removeAuthenticator, step: disableStep(object, found, why) });
  }
  const ids = { live: [...live.keys()], ours: wanted.map(({ id }) => id), leaving: leaving.map(([id]) => id) };
  planOrder(part, ids, desired.position);
  const others = [...live].filter(([id]) => !isWanted(id) && !leaving.some(([each]) => each === id));
  planOthers(part, others, desired);
  return part;

  function isWanted(id: string): boolean {
    return wanted.some((each) => each.id === id);
  }
}

const newPlace = "EMQX puts a new authenticator behind the others";

interface Given {
  desired: DesiredState;
  memory: ChangeMemory;
  options: PlanOptions;
}

function planExisting(
  part: PlannedPart,
  live: JsonObject,
  wanted: JsonObject,
  { desired, memory, options }: Given,
): void {
  const object = nameOf("authenticator", idOf(live));
  if (!isOurs(live, memory, desired)) {
    planTakeOver(part, object, live, wanted, options);
    return;
  }
  const differences = compareObject(live, wanted, (key, value) => memory.secrets.knows(object, key, value));
  if (differences.length === 0) return;
  const added = differences.filter(({ to }) => to === undefined).map(({ key }) => key);
  // Another kind of key would leave fields of the former one, which EMQX refuses.
  const isToken = idOf(live) === jwtAuthenticator;
  const merged = isToken ? wanted : mergedBody(bodyOf(object, live) as JsonObject, wanted, added);
  const body = withKept(merged, live, object, memory);
  const isOff = differences.length === 1 && differences[0]?.key === "enable";
  const rank = applyRanks.changeAuthenticator;
  part.steps.push({ rank, step: putStep(isOff ? "enable" : "change", object, body, differences) });
}

/** Where EMQX still has the template that stood there before us it stays, as EMQX does not show it. */
function withKept(body: JsonObject, live: JsonObject, object: string, memory: ChangeMemory): JsonObject {
  const template = body["body"];
  if (typeof template !== "object" || template === null || Array.isArray(template)) return body;
  const isHidden = (live["body"] as JsonObject | undefined)?.["password"] === mask;
  if (!isHidden || !memory.secrets.isKept(object, "body.password")) return body;
  return { ...body, body: { ...template, password: mask } };
}

/** EMQX has one authenticator of a kind: whose it is, is seen by where it asks, or known from when we made it. */
function isOurs(live: JsonObject, memory: ChangeMemory, { connackUrl }: Pick<DesiredState, "connackUrl">): boolean {
  const id = idOf(live);
  if (id === httpAuthenticator) return isConnackAddress(live["url"], connackUrl);
  const object = nameOf("authenticator", id);
  return memory.isOurs(object, bodyOf(object, live) as JsonObject);
}

function idOf(authenticator: JsonObject): string {
  return typeof authenticator["id"] === "string" ? authenticator["id"] : "";
}

function idOfBody({ mechanism, backend }: JsonObject): string {
  return backend === undefined ? String(mechanism) : `${String(mechanism)}:${String(backend)}`;
}
