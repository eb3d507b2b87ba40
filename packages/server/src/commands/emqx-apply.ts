import { applyPlan } from "../brokers/emqx/configure/apply-plan.ts";
import type { ConfigurationPlan } from "../brokers/emqx/configure/configuration-step.ts";
import type { StepsOutcome } from "../brokers/emqx/configure/run-steps.ts";
import { removeOldSnapshots } from "../brokers/emqx/configure/snapshot.ts";
import { OperationError } from "../operations/operation.ts";
import { askYesOrNo, canAsk } from "./ask-yes-or-no.ts";
import { type Command, type CommandContext, type ExitCode, exitCodes, UsageError } from "./command.ts";
import { againOption, countText, takeOverOption } from "./emqx-plan.ts";
import { type PreparedEmqxPlan, type PrepareOptions, preparePlan } from "./emqx-prepare-plan.ts";
import { planJson, printEmqx, printPlan, stepLine } from "./emqx-print-plan.ts";
import { reportingEmqx } from "./emqx-problem.ts";
import { proveApplied } from "./emqx-prove.ts";
import { type EmqxSession, withEmqx } from "./emqx-session.ts";
import { settle } from "./emqx-settle.ts";
import { outcomeJson, reportOutcome, warnNotKept } from "./emqx-step-outcome.ts";
import { listenerOption } from "./emqx-verify.ts";
import { repeatedFlags } from "./lab-options.ts";
import { onInterrupt } from "./on-interrupt.ts";
import { texts } from "./option-values.ts";
import { printJson } from "./print.ts";

export const emqxApply: Command = {
  name: "emqx apply",
  summary: "Set EMQX up to ask Connack, and prove that it does; connack emqx rollback takes it back",
  options: [
    { flags: "--yes", description: "do not ask; needed where there is no terminal" },
    { flags: "--auto-rollback", description: "take it back where the proof fails" },
    takeOverOption,
    againOption,
    listenerOption,
    { flags: "--no-verify", description: "do not attack EMQX afterwards, and go on where it does not reach Connack" },
  ],
  examples: ["connack emqx apply", "connack emqx apply --yes --auto-rollback"],
  async run(input, context) {
    const { options } = input;
    if (options["yes"] !== true && !canAsk(context)) {
      throw new UsageError("connack emqx apply asks before it changes EMQX, and there is no terminal: add --yes");
    }
    return reportingEmqx(() =>
      withEmqx(context, { lock: true }, (session) =>
        apply(session, context, {
          yes: options["yes"] === true,
          verify: options["verify"] !== false,
          autoRollback: options["autoRollback"] === true,
          takeOver: options["takeOver"] === true,
          again: options["again"] === true,
          listeners: texts(input, "listener") ?? [],
        }),
      ),
    );
  },
};

interface ApplyFlags extends PrepareOptions {
  yes: boolean;
  verify: boolean;
  autoRollback: boolean;
  listeners: readonly string[];
}

async function apply(session: EmqxSession, context: CommandContext, flags: ApplyFlags): Promise<ExitCode> {
  await settle(session);
  const prepared = await preparePlan(session, flags);
  const { live, plan } = prepared;
  if (!context.json) {
    printEmqx(context, session.client.url, live);
    printPlan(context, plan);
  }
  refuse(context, prepared, flags);
  const report: Record<string, unknown> = {
    emqx: { url: session.client.url, version: live.version.version },
    plan: planJson(plan),
  };
  let made: string | undefined;
  if (plan.steps.length > 0) {
    const current = await confirmed(session, context, prepared, flags);
    if (current === undefined) return exitCodes.refused;
    const outcome = await change(session, context, current);
    Object.assign(report, outcomeJson(outcome), { snapshot: outcome.snapshot.name });
    made = outcome.snapshot.name;
    if (outcome.failed !== undefined || outcome.remaining.length > 0) {
      if (context.json) printJson(context, report);
      throw reportOutcome(outcome, "apply", repeatedFlags(context));
    }
  } else if (!context.json) context.out("\nNothing to do: EMQX is as it should be.\n");
  const exit = flags.verify ? await proveApplied(session, context, { ...flags, made }, report) : exitCodes.ok;
  if (context.json) printJson(context, report);
  return exit;
}

function refuse(context: CommandContext, { plan, probe }: PreparedEmqxPlan, { verify }: ApplyFlags): void {
  const [conflict] = plan.conflicts;
  if (conflict !== undefined) {
    const all = plan.conflicts.map(({ sentence }) => sentence).join(" ");
    throw new OperationError(
      "conflict",
      `EMQX was not changed. ${context.json ? all : "See the conflicts above."}`,
      conflict.next,
    );
  }
  if (plan.steps.length > 0 && probe?.isReached === false && verify) {
    throw new OperationError(
      "connack_unreachable",
      `EMQX was not changed: it does not reach Connack (${probe.said}), and would let in no device.`,
      "start connack serve, or correct brokers.emqx.connackUrl; to go on all the same: --no-verify",
    );
  }
}

/** The plan as it is when somebody said yes to it; `undefined` for a no. */
async function confirmed(
  session: EmqxSession,
  context: CommandContext,
  shown: PreparedEmqxPlan,
  flags: ApplyFlags,
): Promise<PreparedEmqxPlan | undefined> {
  if (flags.yes) return shown;
  const count = shown.plan.steps.length;
  if (!(await askYesOrNo(`\nMake ${count === 1 ? "this change" : `these ${countText(count)}`}?`))) {
    context.out("Nothing was changed.\n");
    return undefined;
  }
  // A question may stand there for long.
  const now = await preparePlan(session, flags);
  if (requestsOf(now.plan) === requestsOf(shown.plan)) return now;
  throw new OperationError(
    "conflict",
    "EMQX was changed in the meantime: nothing was done.",
    "connack emqx apply again",
  );
}

function requestsOf({ steps }: ConfigurationPlan): string {
  return JSON.stringify(steps.map(({ request }) => request));
}

async function change(
  session: EmqxSession,
  context: CommandContext,
  { live, plan }: PreparedEmqxPlan,
): Promise<StepsOutcome & { snapshot: { name: string } }> {
  const { interrupted, stop } = onInterrupt();
  if (!context.json) context.out("\n");
  try {
    await removeOldSnapshots(session.folder, session.snapshots());
    const outcome = await applyPlan({
      client: session.client,
      folder: session.folder,
      live,
      steps: plan.steps,
      secrets: session.secrets,
      now: () => new Date(),
      interrupted,
      onStep(step) {
        if (!context.json) context.out(`done  ${stepLine(context, step)}\n`);
      },
    });
    if (!context.json) warnNotKept(context, outcome);
    if (!context.json && outcome.failed === undefined && outcome.remaining.length === 0) {
      context.out(`\nApplied. Back: connack emqx rollback${repeatedFlags(context)}\n`);
    }
    return outcome;
  } finally {
    stop();
  }
}
