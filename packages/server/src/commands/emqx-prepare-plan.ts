import type { ConfigurationPlan, ConfigurationWarning } from "../brokers/emqx/configure/configuration-step.ts";
import { makePlan, type PlanOptions } from "../brokers/emqx/configure/make-plan.ts";
import { type LiveEmqx, readState } from "../brokers/emqx/configure/read-state.ts";
import { stateAfter } from "../brokers/emqx/configure/state-after.ts";
import type { ProbeResult } from "../brokers/emqx/management/probe-connack.ts";
import { findWarnings } from "../brokers/emqx/warnings/find-warnings.ts";
import { readSurroundings } from "../brokers/emqx/warnings/read-surroundings.ts";
import type { WarningInput } from "../brokers/emqx/warnings/warning-rule.ts";
import type { EmqxSession } from "./emqx-session.ts";

export interface PreparedEmqxPlan {
  live: LiveEmqx;
  plan: ConfigurationPlan;
  /** Whether EMQX reaches Connack; `undefined` where it was not, or could not be, asked. */
  probe: ProbeResult | undefined;
}

export interface PrepareOptions extends PlanOptions {
  /** Put our secrets into EMQX again, also where it seems to have them. */
  again: boolean;
}

/** Reads EMQX and finds what is to be changed; nothing is changed. Throws `ManagementError`. */
export async function preparePlan(session: EmqxSession, options: PrepareOptions): Promise<PreparedEmqxPlan> {
  const live = await readState(session.client);
  const memory = session.memory();
  const secrets = options.again ? { knows: () => false, isKept: memory.secrets.isKept } : memory.secrets;
  const plan = makePlan(live, session.desired(live), { ...memory, secrets }, options);
  const finished = session.snapshots().flatMap(({ snapshot }) => snapshot.finishedAt ?? []);
  const last = finished.at(-1);
  const surroundings = await readSurroundings(session.client, {
    config: session.config.brokers.emqx,
    live,
    tryLogin: false,
    lastAppliedMs: last === undefined ? undefined : Date.parse(last),
  });
  return { live, probe: surroundings.probe, plan: withWarnings(plan, surroundings) };
}

/** What is to be known of EMQX as it will be, and what only shows as it is. */
function withWarnings(plan: ConfigurationPlan, surroundings: WarningInput): ConfigurationPlan {
  const after = findWarnings({ ...surroundings, state: stateAfter(surroundings.state, plan.steps) });
  const before = findWarnings(surroundings);
  const onlyNow = before.warnings.filter(({ name }) => name === "file-configuration-wins");
  // A foreign authenticator in our place was judged when the plan was made.
  const conflicts = after.conflicts.filter(({ name }) => name !== "foreign-http-authenticator");
  return {
    ...plan,
    warnings: distinct([...plan.warnings, ...onlyNow, ...after.warnings]),
    conflicts: distinct([...plan.conflicts, ...conflicts]),
  };
}

function distinct(warnings: readonly ConfigurationWarning[]): ConfigurationWarning[] {
  return [...new Map(warnings.map((each) => [`${each.name} ${each.sentence}`, each])).values()];
}
