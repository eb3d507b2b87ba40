import { keepDatabaseInUse } from "../brokers/emqx/configure/keep-database-in-use.ts";
import { mayComeLate } from "../brokers/emqx/configure/may-come-late.ts";
import { planRollback, type RollbackPlan } from "../brokers/emqx/configure/plan-rollback.ts";
import { type LiveEmqx, readState } from "../brokers/emqx/configure/read-state.ts";
import { runSteps, type StepsOutcome } from "../brokers/emqx/configure/run-steps.ts";
import { inForce, type NamedSnapshot, saveSnapshot } from "../brokers/emqx/configure/snapshot.ts";
import { OperationError } from "../operations/operation.ts";
import type { CommandContext } from "./command.ts";
import { stepLine } from "./emqx-print-plan.ts";
import type { EmqxSession } from "./emqx-session.ts";
import { settle } from "./emqx-settle.ts";
import { reportOutcome } from "./emqx-step-outcome.ts";
import { repeatedFlags } from "./lab-options.ts";
import { onInterrupt } from "./on-interrupt.ts";
import { wrap } from "./print.ts";

export interface PreparedRollback {
  live: LiveEmqx;
  plan: RollbackPlan;
  /** What is taken back, oldest first. */
  changes: readonly NamedSnapshot[];
}

/**
 * What it takes to come back to before the named change, or before the first one that is still in EMQX; `undefined`
 * where there is none.
 */
export async function prepareRollback(
  session: EmqxSession,
  name: string | undefined,
): Promise<PreparedRollback | undefined> {
  await settle(session);
  const all = inForce(session.snapshots());
  const first = name === undefined ? 0 : all.findIndex((each) => each.name === name);
  if (first < 0) throw unknownSnapshot(session, name ?? "");
  const changes = all.slice(first);
  if (changes.length === 0) return undefined;
  const live = await readState(session.client);
  const plan = await keepDatabaseInUse(session.client, planRollback(live, changes));
  return { live, plan, changes };
}

function unknownSnapshot(session: EmqxSession, name: string): OperationError {
  const found = session.snapshots().find((each) => each.name === name);
  const problem =
    found?.snapshot.rolledBackAt === undefined ? "is none of this EMQX, or changed nothing" : "was rolled back already";
  return new OperationError("bad_input", `snapshot ${JSON.stringify(name)} ${problem}`, "connack emqx rollback --list");
}

/** Does it, and notes it. Throws `OperationError` where it cannot be done to its end; the same call does the rest then. */
export async function rollBack(
  session: EmqxSession,
  context: CommandContext,
  { plan, changes }: PreparedRollback,
): Promise<StepsOutcome> {
  const { interrupted, stop } = onInterrupt();
  if (!context.json) context.out("\n");
  try {
    const outcome = await runSteps(
      session.client,
      plan.steps,
      {
        begin: ({ object }) => session.secrets.forget(object),
        async end(step) {
          if (!context.json) context.out(`done  ${stepLine(context, step)}\n`);
        },
        interrupted,
      },
      { open: plan.opens },
    );
    if (outcome.failed !== undefined || outcome.remaining.length > 0) {
      throw reportOutcome(outcome, "rollback", repeatedFlags(context));
    }
    for (const change of changes) {
      if (change.snapshot.entries.some((entry) => mayComeLate(entry, new Date()))) {
        const late = `EMQX gave no answer to a step of ${change.name}, and may do it yet.`;
        const again = `connack emqx rollback${repeatedFlags(context)} once more, two minutes later`;
        context.err(`${wrap(late)}\n${wrap(`Next: ${again}`)}\n`);
        continue;
      }
      change.snapshot.rolledBackAt = new Date().toISOString();
      await saveSnapshot(session.folder, change);
    }
    return outcome;
  } finally {
    stop();
  }
}
