import { countText } from "../audit/timeline/time-text.ts";
import type { SimulationPhase } from "../simulator/run-simulation.ts";
import type { ServerReasons } from "../simulator/server-reasons.ts";
import type { CommandContext } from "./command.ts";

export interface SimulationProgress {
  /** So many identities are made, or removed. */
  counting(what: string, done: number, all: number): void;
  phase(phase: SimulationPhase): void;
  done(): void;
}

const redrawnEveryMs = 250;
const lineEveryMs = 5000;
const askedEveryMs = 5000;
const barLength = 20;

/** On a terminal a line that is drawn again and again, otherwise one every few seconds; on standard error. */
export function createSimulationProgress(
  { err, errColumns, json }: Pick<CommandContext, "err" | "errColumns" | "json">,
  reasons: () => ServerReasons | undefined,
  nowMs: () => number = () => performance.now(),
): SimulationProgress {
  const isTerminal = errColumns !== Infinity && !json;
  const everyMs = isTerminal ? redrawnEveryMs : lineEveryMs;
  let current: SimulationPhase | undefined;
  let counted: string | undefined;
  let beganAtMs = nowMs();
  let shownAtMs = beganAtMs;
  let askedAtMs = beganAtMs;
  const show = (line: string, figures: object) => {
    shownAtMs = nowMs();
    if (isTerminal) err(`\r${line.slice(0, errColumns - 1)}\u001b[K`);
    else err(json ? `${JSON.stringify({ progress: figures })}\n` : `connack: ${line}\n`);
  };
  const timer = setInterval(() => {
    if (current === undefined || nowMs() - shownAtMs < everyMs) return;
    show(lineOf(current, beganAtMs, nowMs(), reasons()), figuresOf(current, reasons()));
    if (nowMs() - askedAtMs < askedEveryMs) return;
    askedAtMs = nowMs();
    void reasons()?.look();
  }, redrawnEveryMs).unref();
  return {
    counting(what, done, all) {
      if (what !== counted) {
        counted = what;
        shownAtMs = nowMs();
      }
      if (nowMs() - shownAtMs < everyMs) return;
      show(`${bar(done / all)} ${what}: ${countText(done)} of ${countText(all)}`, { phase: what, done, all });
    },
    phase(phase) {
      current = phase;
      beganAtMs = nowMs();
      if (!isTerminal) shownAtMs = nowMs() - lineEveryMs;
    },
    done() {
      clearInterval(timer);
      current = undefined;
      if (isTerminal) err("\r\u001b[K");
    },
  };
}

function bar(part: number): string {
  return `[${"#".repeat(Math.round(Math.min(1, part) * barLength)).padEnd(barLength, ".")}]`;
}

/** Public for its test: what is shown of a phase. */
export function lineOf(
  { name, fleet, rogues, endsAtMs }: SimulationPhase,
  beganAtMs: number,
  nowMs: number,
  reasons: ServerReasons | undefined,
): string {
  const all = fleet.devices.length;
  const left = Math.max(0, Math.round((endsAtMs - nowMs) / 1000));
  const part =
    name === "connecting" || name === "storm"
      ? fleet.connected / all
      : (nowMs - beganAtMs) / Math.max(1, endsAtMs - beganAtMs);
  const { times, noCounts } = fleet.figures;
  const refused = [noCounts.refused, rogues.figures.noCounts.refused];
  return [
    `${bar(part)} ${name}, ${leftText(name, left)}`,
    `${countText(fleet.connected)} of ${countText(all)} connected`,
    times && `connect p50 ${times.p50} p99 ${times.p99} ms`,
    `refused ${countsText(refused)}`,
    reasons !== undefined &&
      reasons.latest.length > 0 &&
      reasons.latest.map((each) => `${each.reason} ×${each.count}`).join(" "),
  ]
    .filter((each) => typeof each === "string")
    .join(" · ");
}

function leftText(name: SimulationPhase["name"], left: number): string {
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return name === "storm" || name === "waiting for messages" ? `at most ${time}` : `ETA ${time}`;
}

/** `12 (code 5: 8, code 4: 4)`. */
function countsText(all: readonly Record<string, number>[]): string {
  const sums = new Map<string, number>();
  for (const counts of all)
    for (const [code, count] of Object.entries(counts)) sums.set(code, (sums.get(code) ?? 0) + count);
  const total = [...sums.values()].reduce((sum, count) => sum + count, 0);
  return total === 0
    ? "0"
    : `${countText(total)} (${[...sums].map(([code, count]) => `code ${code}: ${count}`).join(", ")})`;
}

function figuresOf({ name, fleet, rogues }: SimulationPhase, reasons: ServerReasons | undefined): object {
  const { times, noCounts } = fleet.figures;
  return {
    phase: name,
    connected: fleet.connected,
    devices: fleet.devices.length,
    ...(times && { connectMs: times }),
    ...noCounts,
    rogues: rogues.figures.noCounts,
    reasons: reasons?.latest ?? [],
  };
}
