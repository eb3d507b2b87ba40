import type { TimelineRow } from "./timeline-row.ts";

const ofLogins: ReadonlySet<string> = new Set(["let in", "connected", "disconnected"]);

/** Fewer rows of logins in a run are told one by one. */
const leastInRun = 4;

export interface FittedRows {
  /** Oldest first. */
  rows: TimelineRow[];
  /** What was left out, the oldest of it: only logins, or others too. */
  leftOut?: "logins" | "rows";
}

/**
 * At most `limit` rows, so that logins never take the place of refusals, denials and changes: runs of logins become one
 * line each; if that does not do, logins are left out, and only then the oldest of the others.
 */
export function fitRows(all: readonly TimelineRow[], limit: number): FittedRows {
  if (all.length <= limit) return { rows: [...all] };
  const rows = foldRuns(all);
  if (rows.length <= limit) return { rows };
  const others = rows.filter(({ kind }) => !ofLogins.has(kind));
  if (others.length > limit) return { rows: others.slice(-limit), leftOut: "rows" };
  const room = limit - others.length;
  const logins = rows.filter(({ kind }) => ofLogins.has(kind));
  const kept = new Set(room === 0 ? [] : logins.slice(-room));
  return { rows: rows.filter((row) => !ofLogins.has(row.kind) || kept.has(row)), leftOut: "logins" };
}

function foldRuns(all: readonly TimelineRow[]): TimelineRow[] {
  const rows: TimelineRow[] = [];
  let run: TimelineRow[] = [];
  const endRun = (): void => {
    rows.push(...(run.length < leastInRun ? run : [runRow(run)]));
    run = [];
  };
  for (const row of all) {
    if (ofLogins.has(row.kind)) run.push(row);
    else {
      endRun();
      rows.push(row);
    }
  }
  endRun();
  return rows;
}

function runRow(run: readonly TimelineRow[]): TimelineRow {
  const of = (kind: TimelineRow["kind"]) => run.filter((row) => row.kind === kind);
  const connected = of("connected");
  const logins = connected.length > 0 ? connected : of("let in");
  const ends = of("disconnected");
  const told = logins.length > 0 ? logins : ends;
  const last = told.at(-1) as TimelineRow;
  const lastEnd = ends.at(-1);
  const end = logins.length === 0 || lastEnd === undefined ? "" : `; its last end: ${lastEnd.text}`;
  return {
    kind: last.kind,
    firstAt: Math.min(...run.map(({ firstAt }) => firstAt)),
    lastAt: Math.max(...run.map(({ lastAt }) => lastAt)),
    count: told.reduce((sum, { count }) => sum + count, 0),
    text: `${told.length > 1 ? "the last " : ""}${last.text}${end}`,
    ...(last.eventId !== undefined && { eventId: last.eventId }),
  };
}
