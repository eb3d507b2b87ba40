import { timesText } from "../audit/timeline/time-text.ts";
import type { DeviceTimeline, TimelineRowView } from "../operations/device-timeline.ts";
import { pageWidth, wrap, wrapLines } from "../terminal/wrap.ts";
import type { CommandContext } from "./command.ts";
import { repeatedFlags } from "./lab-options.ts";
import { paint } from "./print.ts";

/** A device's history, for people: what is so, how it came, and what to do. */
export function printTimeline(
  context: CommandContext,
  timeline: DeviceTimeline,
  { onlyRefused = false }: { onlyRefused?: boolean } = {},
): void {
  const { warnings, rows, leftOut, refusal, earlier, next } = timeline;
  for (const warning of warnings) context.out(`${paint(context, "yellow", wrap(`Warning: ${warning}`))}\n\n`);
  context.out(`${wrap(nameOf(timeline))}\n${wrap(timeline.summary)}\n`);
  if (leftOut !== undefined) context.out(`\n${wrap(leftOutText[leftOut])}\n`);
  if (onlyRefused && rows.length === 0) context.out("\nNo refusal and no denied topic in that time.\n");
  let day = "";
  for (const row of rows) {
    const date = row.lastAt.slice(0, 10);
    if (date !== day) context.out(`\n${paint(context, "dim", `${date} (UTC)`)}\n`);
    day = date;
    context.out(`${rowText(context, row, date)}\n`);
  }
  context.out("\n");
  if (refusal?.fix !== undefined) context.out(`${wrapLines(`Fix: ${refusal.fix}`)}\n`);
  if (earlier?.fix !== undefined) {
    const again = earlier.unproven ? "somebody say to be it" : "it be refused";
    context.out(`${wrapLines(`Should ${again} again (${earlier.reason}): ${earlier.fix}`)}\n`);
  }
  context.out(`${wrapLines(`Next: ${next}${repeatedFlags(context)}`)}\n`);
}

const leftOutText = {
  logins:
    "Older logins were left out; refusals, denied topics and changes of that time are all here. --limit 1000 shows more, --since a shorter time, --refused no logins.",
  rows: "Older events were left out, refusals too: --limit 1000 shows more, --since a shorter time.",
} as const;

function nameOf({ asked, deviceId, clientId, status, known }: DeviceTimeline): string {
  if (deviceId === undefined) return `client ${clientId ?? asked} (no device is known by it)`;
  const as = clientId === undefined ? "" : `, by its client id ${clientId}`;
  return `device ${deviceId} (${status ?? (known ? "not registered" : "unknown")}${as})`;
}

const kindWidth = 12;

function rowText(context: CommandContext, row: TimelineRowView, date: string): string {
  const head = `${row.lastAt.slice(11, 19)}  `;
  const indent = " ".repeat(head.length + kindWidth + 2);
  const label = paint(context, colours[row.kind] ?? "bold", row.kind.padEnd(kindWidth));
  const who = row.unproven ? ["unproven"] : [];
  const folded =
    row.count > 1 ? [`${timesText(row.count)}, ${sinceText(row.firstAt, date)} – ${row.lastAt.slice(11, 19)}`] : [];
  const first = [...who, ...folded].join(", ");
  const text = wrap(first === "" ? row.text : `${first}: ${row.text}`, indent, pageWidth).trimStart();
  return `${head}${label}  ${text}`;
}

const colours: Partial<Record<TimelineRowView["kind"], "red" | "green" | "yellow" | "dim">> = {
  refused: "red",
  "denied topic": "red",
  "let in": "green",
  connected: "green",
  gap: "yellow",
  changed: "yellow",
};

function sinceText(at: string, date: string): string {
  return `${at.startsWith(date) ? "" : `${at.slice(0, 10)} `}${at.slice(11, 19)}`;
}
