import type { StepsOutcome } from "../brokers/emqx/configure/run-steps.ts";
import { OperationError } from "../operations/operation.ts";
import type { CommandContext } from "./command.ts";
import { stepJson } from "./emqx-print-plan.ts";
import { emqxProblem } from "./emqx-problem.ts";
import { paint, wrap } from "./print.ts";

/** What was done of the steps of a plan, as JSON. */
export function outcomeJson({ done, failed, remaining, notKept }: StepsOutcome): Record<string, unknown> {
  return {
    done: done.map(({ kind, object }) => ({ kind, object })),
    ...(failed && { failed: { ...stepJson(failed.step), problem: failed.error.message } }),
    remaining: remaining.map(({ kind, object }) => ({ kind, object })),
    notKept,
  };
}

/** The error of a plan that was not done to its end: what is done, what is not, and how to go on. */
export function reportOutcome(outcome: StepsOutcome, command: "apply" | "rollback", flags: string): OperationError {
  const { done, failed, remaining } = outcome;
  const names = (steps: StepsOutcome["done"]) =>
    steps.map(({ kind, object }) => `${kind} ${object}`).join(", ") || "nothing";
  const notDone = names(remaining);
  const state = `Done: ${names(done)}. Not done: ${notDone}.`;
  const back = command === "apply" ? `; or go back: connack emqx rollback${flags}` : "";
  const goOn = `then run connack emqx ${command}${flags} again, which does the rest${back}`;
  if (failed === undefined)
    return new OperationError("interrupted", `Interrupted. ${state}`, goOn.replace("then run", "run"));
  const { code, message, next } = emqxProblem(failed.error);
  const step = `${failed.step.kind} ${failed.step.object}`;
  return new OperationError(
    code,
    `Stopped at: ${step}. ${message} ${state}`,
    next === undefined ? goOn : `${next}; ${goOn}`,
  );
}

/** Warns of what EMQX took and does not have. */
export function warnNotKept(context: CommandContext, { notKept }: StepsOutcome): void {
  for (const object of notKept) {
    const sentence = `Warning: EMQX took the change of ${object}, and shows something else. A file or variable of EMQX may set it, which wins.`;
    context.out(`\n${paint(context, "yellow", wrap(sentence))}\nNext: connack emqx plan\n`);
  }
}
