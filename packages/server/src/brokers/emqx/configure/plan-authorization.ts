import type { Json, JsonObject } from "../management/management-client.ts";
import { allowsEverything } from "./allows-everything.ts";
import type { ChangeMemory } from "./change-memory.ts";
import { compareObject } from "./compare-object.ts";
import type { ConfigurationStep } from "./configuration-step.ts";
import { databaseRulesName, nameOf, pathOf, settingsName } from "./configured-object.ts";
import type { DesiredState } from "./desired-state.ts";
import { isConnackAddress } from "./is-connack-address.ts";
import type { PlanOptions } from "./make-plan.ts";
import { planTakeOver } from "./plan-take-over.ts";
import { addStep, applyRanks, emptyPart, mergedBody, type PlannedPart, putStep } from "./planned-part.ts";
import type { LiveEmqx } from "./read-state.ts";
import { isSameValue } from "./same-value.ts";

/** What EMQX lets clients do whose rights did not come with our answer. */
export function planAuthorization(
  live: LiveEmqx,
  desired: DesiredState,
  memory: ChangeMemory,
  options: PlanOptions,
): PlannedPart {
  const part = emptyPart();
  const sources = new Map(live.state.sources.map((each) => [String(each["type"]), each]));
  planDatabase(part, sources.get("built_in_database"), live.state.databaseRules ?? [], desired, memory);
  planHttpSource(part, sources.get("http"), desired, memory, options);
  planSettings(part, live.state.settings, desired.settings);
  for (const [type, source] of sources) {
    const isOurs =
      (type === "http" && desired.httpSource) || (type === "built_in_database" && desired.databaseRules.length > 0);
    if (isOurs) continue;
    if (type === "file" && source["enable"] !== false && allowsEverything(String(source["rules"] ?? ""))) {
      part.steps.push({ rank: applyRanks.disableSource, step: disableFile(source) });
    } else part.untouched.push(`${nameOf("source", type)}${source["enable"] === false ? " (disabled)" : ""}`);
  }
  const closes = part.steps.some(
    ({ step }) => step.object === settingsName || step.object === nameOf("source", "file"),
  );
  if (closes && live.connections > 0) part.warnings.push(connectedClients(live.connections));
  return part;
}

function planDatabase(
  part: PlannedPart,
  source: JsonObject | undefined,
  live: readonly Json[],
  { databaseRules: wanted }: DesiredState,
  memory: ChangeMemory,
): void {
  const object = nameOf("source", "built_in_database");
  const has = (list: readonly Json[], each: Json) => list.some((other) => isSameValue(other, each));
  const gone = memory.addedTo(databaseRulesName).filter((each) => !has(wanted, each));
  const rules = [...live.filter((each) => !has(gone, each)), ...wanted.filter((each) => !has(live, each))];
  if (source?.["enable"] === false && wanted.length > 0) {
    part.conflicts.push({
      name: "database-source-disabled",
      sentence: `The ${object} is disabled, and clients with a token of their own need rules in it. To enable it would enable the rules of others in it, too.`,
      next: "enable it in EMQX's dashboard, or set brokers.emqx.jwt.enabled: false",
    });
    return;
  }
  if (source === undefined && wanted.length > 0) {
    const why = "it holds the rights of clients that EMQX lets in by their token";
    part.steps.push({ rank: applyRanks.addDatabase, step: addStep("source", "built_in_database", newDatabase, why) });
  }
  if (source && rules.length > mostRules(source)) {
    part.conflicts.push({
      name: "too-many-database-rules",
      sentence: `The ${databaseRulesName} would be ${rules.length}, and EMQX takes ${mostRules(source)}.`,
      next: "have fewer brokers.emqx.jwt.rules, or raise max_rules of that source",
    });
    return;
  }
  if (isSameValue(rules, [...live])) return;
  part.steps.push({ rank: applyRanks.databaseRules, step: databaseRulesStep(live, rules) });
}

const newDatabase: JsonObject = { type: "built_in_database", enable: true };

function mostRules({ max_rules }: JsonObject): number {
  return typeof max_rules === "number" ? max_rules : 100;
}

/** EMQX takes the whole list. */
export function databaseRulesStep(live: readonly Json[], rules: Json[]): ConfigurationStep {
  const has = (list: readonly Json[], each: Json) => list.some((other) => isSameValue(other, each));
  const differences = [
    ...live.filter((each) => !has(rules, each)).map((each) => ({ key: "rules", from: ruleText(each) })),
    ...rules.filter((each) => !has(live, each)).map((each) => ({ key: "rules", to: ruleText(each) })),
  ];
  const request = { method: "POST", path: pathOf(databaseRulesName), body: { rules } } as const;
  return { kind: "change", object: databaseRulesName, differences, request };
}

function ruleText(rule: Json): string {
  const { permission, action, topic, qos, retain } = rule as JsonObject;
  const more = [
    ...(isSameValue(qos, [0, 1, 2]) || qos === undefined ? [] : [`qos ${String(qos)}`]),
    ...(retain === "all" || retain === undefined ? [] : [`retain ${String(retain)}`]),
  ];
  return [`${String(permission)} ${String(action)} ${String(topic)}`, ...more].join(", ");
}

function planHttpSource(
  part: PlannedPart,
  live: JsonObject | undefined,
  { httpSource: wanted, connackUrl }: DesiredState,
  memory: ChangeMemory,
  options: PlanOptions,
): void {
  if (wanted === undefined) return;
  const object = nameOf("source", "http");
  const rank = applyRanks.httpSource;
  const why = "EMQX 5.7 takes no rights with the answer to a CONNECT: it asks for each topic";
  if (live === undefined) part.steps.push({ rank, step: addStep("source", "http", wanted, why) });
  else if (!isConnackAddress(live["url"], connackUrl, "authz")) planTakeOver(part, object, live, wanted, options, rank);
  else {
    const differences = compareObject(live, wanted, (key, value) => memory.secrets.knows(object, key, value));
    if (differences.length === 0) return;
    const gone = differences.filter(({ to }) => to === undefined).map(({ key }) => key);
    part.steps.push({ rank, step: putStep("change", object, mergedBody(live, wanted, gone), differences) });
  }
}

function planSettings(part: PlannedPart, live: JsonObject, wanted: JsonObject): void {
  const differences = compareObject(live, wanted, () => false);
  if (differences.length === 0) return;
  const step = putStep("change", settingsName, mergedBody(live, wanted, []), differences);
  part.steps.push({ rank: applyRanks.settings, step });
}

function disableFile(source: JsonObject): ConfigurationStep {
  const why = 'its rules end in "allow all", so that EMQX would never come to no_match';
  const differences = [{ key: "enable", from: true, to: false }];
  return putStep("disable", nameOf("source", "file"), { ...source, enable: false }, differences, why);
}

function connectedClients(count: number) {
  return {
    name: "connected-clients-lose-rights",
    sentence:
      `${count} ${count === 1 ? "client is" : "clients are"} connected. Rights come with a CONNECT: what these publish ` +
      "and subscribe is refused, mostly without a word to them, until they connect again.",
    next: "apply at a quiet time, and restart EMQX's listeners or the devices afterwards",
  };
}
