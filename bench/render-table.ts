import type { Summary } from "./summarize.ts";

const columns = ["load", "server", "per s", "CPU µs", "ratio", "p50 ms", "p99 ms", "max ms", "MB", "wrong", "lost"];

/** The summaries as a table for people; the password logins of load d have lines of their own. */
export function renderTable(summaries: readonly Summary[]): string {
  const rows = summaries.flatMap((summary) => [row(summary), ...passwordRow(summary)]);
  const widths = columns.map((name, at) => Math.max(name.length, ...rows.map((cells) => cells[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd();
  return `${[columns, ...rows].map(line).join("\n")}\n`;
}

function row(summary: Summary): string[] {
  const { ratio, latencyMs } = summary;
  return [
    summary.load,
    summary.server,
    summary.perSecond.toFixed(0),
    summary.cpuMicros.toFixed(1),
    ratio ? `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)})` : "1",
    latencyMs.p50.toFixed(2),
    latencyMs.p99.toFixed(2),
    latencyMs.max.toFixed(1),
    summary.residentMb.toFixed(0),
    String(summary.wrong),
    String(summary.lost),
  ];
}

function passwordRow({ passwords }: Summary): string[][] {
  if (passwords === undefined) return [];
  const { p50, p99, max } = passwords.latencyMs;
  return [["", "  its passwords", "", "", "", p50.toFixed(1), p99.toFixed(1), max.toFixed(1), "", "", ""]];
}
