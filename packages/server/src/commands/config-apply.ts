import { resolve } from "node:path";
import type { ConfigChange } from "../config/config-changes.ts";
import { overruledText, type ReloadReport, valueText } from "../reload.ts";
import { printable } from "../terminal/wrap.ts";
import { type Command, type CommandContext, exitCodes } from "./command.ts";
import { paint, printFields, printJson, printTable, wrap } from "./print.ts";

export const configApply: Command = {
  name: "config apply",
  summary: "Have the running server read its configuration again, and say what changed",
  options: [],
  examples: ["connack config apply", "connack config apply --json | jq '.atNextStart[].key'"],
  async run(_input, context) {
    const named = context.configFile === undefined ? {} : { file: resolve(context.configFile) };
    const report = (await context.call("config.apply", named)) as ReloadReport;
    if (context.json) printJson(context, report);
    else printReport(context, report);
    return exitCodes.ok;
  },
};

function printReport(context: CommandContext, report: ReloadReport): void {
  const { applied, atNextStart, keys, files, overruled, warnings } = report;
  const isSame = [applied, atNextStart, keys.added, keys.removed].every(({ length }) => length === 0);
  const from = files.length === 0 ? "no file, only options and variables of the start" : files.join(", ");
  context.out(`${printable(`Read again: ${from}`)}\n`);
  if (isSame) context.out("Nothing has changed.\n");
  printChanges(context, "In force now:", applied);
  printFields(context, { "new keys": keys.added, "keys gone": keys.removed });
  printChanges(context, "Changed, takes effect at the next start:", atNextStart);
  for (const { key, by } of overruled) context.out(`${wrap(overruledText(key, by))}\n`);
  for (const warning of warnings) context.out(`${paint(context, "yellow", wrap(`Warning: ${warning}`))}\n`);
}

function printChanges(context: CommandContext, title: string, changes: readonly ConfigChange[]): void {
  if (changes.length === 0) return;
  context.out(`${title}\n`);
  const rows = changes.map(({ key, from, to, source }) => {
    // Of a structure only that it is another one.
    const values = from === undefined && to === undefined ? ["", "changed"] : [valueText(from), valueText(to)];
    return [`  ${key}`, ...values, source];
  });
  printTable(context, ["  SETTING", "WAS", "IS", "FROM"], rows);
}
