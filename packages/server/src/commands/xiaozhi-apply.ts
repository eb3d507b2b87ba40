import { OperationError } from "../operations/operation.ts";
import { removeAbandonedCopies } from "../xiaozhi/abandoned-copies.ts";
import { applyChange } from "../xiaozhi/apply-change.ts";
import { type Command, exitCodes } from "./command.ts";
import { printJson, wrap } from "./print.ts";
import { fileArgument, type PreparedPlan, preparePlan, xiaozhiOptions } from "./xiaozhi-options.ts";
import { planJson, printPlan, restartLines } from "./xiaozhi-print.ts";

export const xiaozhiApply: Command = {
  name: "xiaozhi apply",
  summary: "Write the broker, and with --write-key the signature key, into a xiaozhi server's .config.yaml",
  arguments: [fileArgument],
  options: xiaozhiOptions,
  examples: [
    "connack xiaozhi apply data/.config.yaml --broker mqtt.example.org:1883",
    "connack xiaozhi apply data/.config.yaml --broker mqtt.example.org:1883 --write-key",
  ],
  async run(input, context) {
    const prepared = preparePlan(input, context);
    const { file, gateway, plan } = prepared;
    if (!context.json) printPlan(context, prepared);
    if (plan.conflicts.length > 0) throw conflict(prepared, context.json);
    await removeAbandonedCopies(file.path, Date.now());
    const backup = plan.changes.length === 0 ? undefined : await applyChange(file, plan.text, new Date());
    if (context.json) {
      const next = backup === undefined ? [] : restartLines(prepared, gateway);
      printJson(context, { ...planJson(prepared), applied: backup !== undefined, ...(backup && { backup }), next });
    } else if (backup === undefined) context.out("\nNothing to do.\n");
    else {
      context.out(`\nDone. The file as it was: ${backup}\nBack: connack xiaozhi rollback ${file.name}\n\n`);
      for (const line of restartLines(prepared, gateway))
        context.out(`${line.startsWith("curl ") ? line : wrap(line)}\n`);
    }
    return exitCodes.ok;
  },
};

function conflict({ file, plan }: PreparedPlan, json: boolean): OperationError {
  const all = json ? plan.conflicts.map(({ sentence }) => sentence).join(" ") : "See the conflicts above.";
  return new OperationError("conflict", `${file.name} was not changed. ${all}`, plan.conflicts[0]?.next);
}
