import type { ConfigurationPlan, ConfigurationStep, Difference } from "../brokers/emqx/configure/configuration-step.ts";
import type { LiveEmqx } from "../brokers/emqx/configure/read-state.ts";
import { printable } from "../terminal/wrap.ts";
import type { CommandContext } from "./command.ts";
import { paint, wrap } from "./print.ts";

const marks = {
  add: ["+", "green"],
  change: ["~", "yellow"],
  enable: ["~", "yellow"],
  disable: ["-", "yellow"],
  reorder: ["~", "yellow"],
  remove: ["-", "red"],
} as const satisfies Record<ConfigurationStep["kind"], unknown>;

/** Which EMQX it is about. */
export function printEmqx(context: CommandContext, url: string, { version, connections }: LiveEmqx): void {
  const clients = connections === 1 ? "1 client" : `${connections} clients`;
  context.out(`${wrap(`EMQX ${version.version} at ${url}, ${clients} connected`)}\n`);
}

/** A plan for people: what is done and why, what stays, what to know. Never a secret. */
export function printPlan(context: CommandContext, { steps, untouched, warnings, conflicts }: ConfigurationPlan): void {
  for (const step of steps) printStep(context, step);
  if (untouched.length > 0) context.out(`\n${wrap(`Untouched: ${shortList(untouched)}.`)}\n`);
  for (const each of warnings) printRemark(context, "Warning", "yellow", each);
  for (const each of conflicts) printRemark(context, "Conflict", "red", each);
}

function printStep(context: CommandContext, step: ConfigurationStep): void {
  context.out(`\n${stepLine(context, step)}\n`);
  if (step.why !== undefined) context.out(`${paint(context, "dim", wrap(step.why, "    "))}\n`);
  const width = Math.max(0, ...step.differences.map(({ key }) => key.length));
  for (const difference of step.differences.filter(({ from, to }) => from !== undefined || to !== "")) {
    context.out(`    ${printable(difference.key).padEnd(width)}  ${printable(changeText(difference))}\n`);
  }
}

/** One line for a step, before and after it is done. */
export function stepLine(context: CommandContext, { kind, object }: ConfigurationStep): string {
  const [mark, colour] = marks[kind];
  return paint(context, colour, `${mark} ${kind.padEnd(7)} ${printable(object)}`);
}

function changeText(difference: Difference): string {
  const { from, to } = difference;
  if (from === undefined) return text(to);
  return to === undefined ? `${text(from)} -> (none)` : `${text(from)} -> ${text(to)}`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function printRemark(
  context: CommandContext,
  kind: string,
  colour: "yellow" | "red",
  { sentence, next }: { sentence: string; next: string },
): void {
  context.out(`\n${paint(context, colour, wrap(`${kind}: ${sentence}`))}\n${wrap(`Next: ${next}`)}\n`);
}

const shown = 12;

/** The names of a few; of many how many. */
function shortList(names: readonly string[]): string {
  if (names.length <= shown) return names.join(", ");
  return `${names.slice(0, shown).join(", ")} and ${names.length - shown} more`;
}

/** As JSON: steps without what is sent, which holds secrets. */
export function planJson({ steps, ...plan }: ConfigurationPlan): Record<string, unknown> {
  return { steps: steps.map(stepJson), ...plan };
}

export function stepJson({ request, ...step }: ConfigurationStep): Record<string, unknown> {
  return { ...step, request: { method: request.method, path: request.path } };
}
