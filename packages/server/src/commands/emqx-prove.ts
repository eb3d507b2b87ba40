import { ManagementError } from "../brokers/emqx/management/management-error.ts";
import { verifyEmqx } from "../brokers/emqx/verify/verify-emqx.ts";
import type { VerifyReport } from "../brokers/emqx/verify/verify-report.ts";
import { OperationError } from "../operations/operation.ts";
import { createProgress } from "./acl-who-progress.ts";
import { askYesOrNo, canAsk } from "./ask-yes-or-no.ts";
import { type CommandContext, type ExitCode, exitCodes } from "./command.ts";
import { prepareRollback, rollBack } from "./emqx-roll-back.ts";
import type { EmqxSession } from "./emqx-session.ts";
import { verifyExit, verifyParts } from "./emqx-verify.ts";
import { printVerifyReport } from "./emqx-verify-print.ts";
import { onInterrupt } from "./on-interrupt.ts";
import { paint, wrap } from "./print.ts";

/**
 * Attacks EMQX as it is now. Where that does not prove it right, what was applied just now, the
 * change called `made`, is taken back if that is wanted.
 */
export async function proveApplied(
  session: EmqxSession,
  context: CommandContext,
  { autoRollback, listeners, made }: { autoRollback: boolean; listeners: readonly string[]; made: string | undefined },
  report: Record<string, unknown>,
): Promise<ExitCode> {
  const proof = await attack(session, context, listeners);
  if ("problem" in proof) report["verify"] = { ok: false, problem: proof.problem };
  else report["verify"] = proof;
  if (!context.json) print(context, proof);
  const exit = "problem" in proof ? exitCodes.refused : verifyExit(proof);
  if (exit === exitCodes.ok || ("interrupted" in proof && proof.interrupted)) return exit;
  if (made !== undefined) await offerRollback(session, context, { autoRollback, made }, report);
  return exit;
}

type Proof = VerifyReport | { problem: string; next?: string | undefined };

async function attack(session: EmqxSession, context: CommandContext, listeners: readonly string[]): Promise<Proof> {
  const { interrupted, stop } = onInterrupt();
  let total = 0;
  const progress = createProgress(context, async () => total);
  try {
    return await verifyEmqx({
      ...verifyParts(context),
      client: session.client,
      listeners,
      signal: interrupted,
      onProgress(done, all) {
        total = all;
        void progress.at(done);
      },
    });
  } catch (error) {
    if (!(error instanceof OperationError || error instanceof ManagementError)) throw error;
    return { problem: error.message, next: error.next };
  } finally {
    progress.done();
    stop();
  }
}

function print(context: CommandContext, proof: Proof): void {
  if (!("problem" in proof)) {
    context.out("\n");
    printVerifyReport(context, proof);
    return;
  }
  context.out(`\n${paint(context, "red", wrap(`Not proven: ${proof.problem}`))}\n`);
  if (proof.next !== undefined) context.out(`${wrap(`Next: ${proof.next}`)}\n`);
}

async function offerRollback(
  session: EmqxSession,
  context: CommandContext,
  { autoRollback, made }: { autoRollback: boolean; made: string },
  report: Record<string, unknown>,
): Promise<void> {
  const prepared = await prepareRollback(session, made);
  if (prepared === undefined || prepared.plan.steps.length === 0) return;
  if (prepared.plan.opens) {
    const sentence =
      "It is not taken back by itself: before, EMQX let everybody in, and would do so again. connack emqx rollback --open-broker does it.";
    report["rolledBack"] = false;
    context.err(`${wrap(sentence)}\n`);
    return;
  }
  const wanted = autoRollback || (canAsk(context) && (await askYesOrNo("\nTake back what Connack changed in EMQX?")));
  report["rolledBack"] = wanted;
  if (wanted) {
    await rollBack(session, context, prepared);
    if (!context.json) context.out("\nRolled back: EMQX is what it was before.\n");
  } else context.err("EMQX stays as it is now. Back: connack emqx rollback\n");
}
