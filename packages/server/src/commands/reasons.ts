import { countText } from "../audit/timeline/time-text.ts";
import type { ReasonView, ReasonViews } from "../operations/audit-reasons.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { pageWidth, wrap } from "../terminal/wrap.ts";
import { type Command, type CommandContext, exitCodes } from "./command.ts";
import { repeatedFlags } from "./lab-options.ts";
import { given } from "./option-values.ts";
import { paint, printJson } from "./print.ts";
import { sinceOption, sinceTime } from "./since.ts";

export const reasons: Command = {
  name: "reasons",
  summary: "Count refusals by reason: how often, which devices, and what to do",
  options: [sinceOption("refusals since, counted by the hour (default: 24h)")],
  examples: ["connack reasons", "connack reasons --since 7d --json | jq -r '.reasons[].reason'"],
  async run(input, context) {
    const from = sinceTime(input, Date.now());
    const answer = (await context.call("audit.reasons", given({ from }))) as ReasonViews;
    if (context.json) printJson(context, answer);
    else printReasons(context, answer);
    return exitCodes.ok;
  },
};

const [countWidth, devicesWidth] = [8, 8];
const indent = " ".repeat(countWidth + devicesWidth + 2);

function printReasons(context: CommandContext, { warnings, from, reasons: all }: ReasonViews): void {
  const since = `${from.slice(0, 16).replace("T", " ")} UTC`;
  for (const warning of warnings) context.out(`${paint(context, "yellow", wrap(`Warning: ${warning}`))}\n\n`);
  if (all.length === 0) {
    const none = warnings.length > 0 ? "no refusals were written" : "no refusals";
    context.out(`${none} since ${since} (counted by the hour)\n`);
    return;
  }
  context.out(
    `Refusals since ${since} (counted by the hour)\n\n${"TIMES".padStart(countWidth)}${"DEVICES".padStart(devicesWidth)}  REASON\n`,
  );
  for (const reason of all) printReason(context, reason);
  const [example] = all.flatMap(({ examples }) => examples);
  const name = example?.deviceId ?? example?.clientId;
  if (name !== undefined) context.out(`Next: connack device timeline ${quoteWord(name)}${repeatedFlags(context)}\n`);
}

function printReason(
  context: CommandContext,
  { type, reason, count, devices, examples, sentence, fix }: ReasonView,
): void {
  const numbers = `${countText(count).padStart(countWidth)}${countText(devices).padStart(devicesWidth)}`;
  const by = type === "connack" ? " (refused by the broker itself)" : "";
  context.out(`${numbers}  ${paint(context, "bold", reason)}${by}\n`);
  if (sentence !== "") context.out(`${wrap(sentence, indent, pageWidth)}\n`);
  const names = examples.map(
    ({ deviceId, clientId, count: times }) => `${deviceId ?? `(${clientId})`} ×${countText(times)}`,
  );
  if (devices > names.length) names.push("…");
  if (examples.length > 0)
    context.out(`${wrap(`e.g. ${names.join(", ")}`, indent, pageWidth)}
`);
  if (fix !== undefined) context.out(`${wrap(`Fix: ${fix}`, indent, pageWidth)}\n`);
  context.out("\n");
}
