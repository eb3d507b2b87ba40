import type { JsonObject } from "../management/management-client.ts";
import { mask } from "../management/scrub-secrets.ts";
import { compareObject } from "./compare-object.ts";
import { isObject, leavesOf } from "./leaves.ts";
import type { PlanOptions } from "./make-plan.ts";
import { applyRanks, type PlannedPart, putStep } from "./planned-part.ts";

/**
 * EMQX has room for one authenticator, or source, of a kind, and somebody else's is there. It becomes ours where a
 * rollback can bring it back as it was; otherwise only when that was asked for.
 */
export function planTakeOver(
  part: PlannedPart,
  object: string,
  live: JsonObject,
  wanted: JsonObject,
  { takeOver }: PlanOptions,
  rank: number = applyRanks.changeAuthenticator,
): void {
  // The template of the password is hidden as well. It is left as it is stored: so it can be neither lost nor wrong.
  const keeps = isObject(live["body"]) && live["body"]["password"] === mask && isObject(wanted["body"]);
  const template = isObject(wanted["body"]) ? wanted["body"] : {};
  const body: JsonObject = keeps ? { ...wanted, body: { ...template, password: mask } } : wanted;
  const lost = hiddenPlaces(live).filter((key) => !(keeps && key === "body.password"));
  const whose = `The ${object} is not Connack's (${placeOf(live)}), and EMQX has room for one of its kind`;
  if (lost.length > 0 && !takeOver) {
    part.conflicts.push({
      name: "place-taken",
      sentence: `${whose}. It holds ${lost.join(", ")}, which EMQX does not show, so that a rollback could not bring it back.`,
      next: "note its secret down, then connack emqx apply --take-over; or remove it in EMQX's dashboard",
    });
    return;
  }
  part.warnings.push({
    name: "taken-over",
    sentence:
      lost.length > 0
        ? `${whose}. It is overwritten, and its ${lost.join(", ")} will be LOST: a rollback cannot bring that back.`
        : `${whose}. It is overwritten; a rollback brings it back.`,
    next: lost.length > 0 ? "note its secret down first" : "connack emqx rollback brings it back",
  });
  const differences = compareObject(live, body, () => false);
  part.steps.push({ rank, step: putStep("change", object, body, differences, "it becomes Connack's") });
}

function hiddenPlaces(live: JsonObject): string[] {
  return leavesOf(live).flatMap(({ path, value }) => (value === mask ? [path.join(".")] : []));
}

function placeOf(live: JsonObject): string {
  const { url, endpoint, algorithm } = live;
  const address = [url, endpoint].find((each) => typeof each === "string") as string | undefined;
  if (address !== undefined && URL.canParse(address)) {
    const { origin, pathname } = new URL(address);
    return `it asks ${origin}${pathname}`;
  }
  return typeof algorithm === "string" ? `it checks tokens, ${algorithm}` : "somebody made it";
}
