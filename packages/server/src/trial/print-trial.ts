import type { CommandContext } from "../commands/command.ts";
import { paint } from "../commands/print.ts";
import { jsonPieces, pack, printable, wrap, wrapLines } from "../terminal/wrap.ts";
import type { TrialReport, TrialStep } from "./trial-report.ts";

const marks = {
  passed: ["+", "green"],
  failed: ["x", "red"],
  warning: ["!", "yellow"],
  skipped: [".", "dim"],
} as const;

const nameWidth = 10;
const indent = " ".repeat(2 + nameWidth + 2);

/** A line for each step as it is done; the first tells who connects, and with what. */
export function printStep(context: CommandContext, step: TrialStep, report: TrialReport): void {
  const [mark, colour] = marks[step.state];
  const text = step.text.split("\n").map((line) => wrap(line, indent));
  const head = `${paint(context, colour, mark)} ${paint(context, colour, step.name.padEnd(nameWidth))}  `;
  context.out(`${head}${text.join("\n").trimStart()}\n`);
  if (step.name === "credential" && step.state === "passed") printCredential(context, report);
}

function printCredential(context: CommandContext, { clientId, username, token }: TrialReport): void {
  const fields: [string, string | readonly string[] | undefined][] = [
    ["client id", clientId],
    ["user name", username === "" ? "(none)" : username],
    ["header", token?.header && jsonPieces(token.header)],
    ["claims", token?.payload && jsonPieces(token.payload)],
    ["issued", token?.issued],
    ["expires", token?.expires],
    ["signature", token && "(not shown)"],
  ];
  const below = indent + " ".repeat(11);
  for (const [name, value] of fields) {
    if (value === undefined) continue;
    const text = typeof value === "string" ? below + printable(value) : pack(value, below);
    context.out(`${indent}${name.padEnd(11)}${text.trimStart()}\n`);
  }
}

/** One sentence, and the next step where something does not work. */
export function printVerdict(context: CommandContext, { works, sentence, fix, next }: TrialReport): void {
  const [first = "", ...rest] = wrap(works ? sentence : `Does not work: ${sentence}`).split("\n");
  context.out(`\n${[paint(context, works ? "green" : "red", first), ...rest].join("\n")}\n`);
  if (fix !== undefined) context.out(`${wrapLines(`Fix: ${fix}`)}\n`);
  if (next !== undefined) context.out(`${wrapLines(`Next: ${next}`)}\n`);
}
