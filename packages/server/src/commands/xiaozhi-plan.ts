import { type Command, type ExitCode, exitCodes } from "./command.ts";
import { printJson } from "./print.ts";
import { fileArgument, type PreparedPlan, preparePlan, xiaozhiOptions } from "./xiaozhi-options.ts";
import { planJson, printPlan, sameFor } from "./xiaozhi-print.ts";

export const xiaozhiPlan: Command = {
  name: "xiaozhi plan",
  summary: "Show what would change in a xiaozhi server's .config.yaml so that its devices come to the broker",
  arguments: [fileArgument],
  options: xiaozhiOptions,
  examples: [
    "connack xiaozhi plan data/.config.yaml --broker mqtt.example.org:1883",
    "connack xiaozhi plan data/.config.yaml --broker 192.0.2.10:1883 --write-key --json | jq .changes",
  ],
  async run(input, context) {
    const prepared = preparePlan(input, context);
    const exit = exitOf(prepared);
    if (context.json) {
      printJson(context, planJson(prepared));
      return exit;
    }
    printPlan(context, prepared);
    if (exit === exitCodes.ok) context.out("\nNothing to do.\n");
    if (exit === changesPlanned) context.out(`\nNext: ${sameFor("apply", prepared, input.options)}\n`);
    return exit;
  },
};

/** As `connack emqx plan`: scripts tell "nothing to do" from "something to do". */
const changesPlanned: ExitCode = 2;

function exitOf({ plan }: PreparedPlan): ExitCode {
  if (plan.conflicts.length > 0) return exitCodes.refused;
  return plan.changes.length > 0 ? changesPlanned : exitCodes.ok;
}
