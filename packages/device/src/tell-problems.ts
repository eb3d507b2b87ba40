import type { DeviceClock } from "./device-clock.ts";
import type { DeviceHistory } from "./device-history.ts";
import type { DeviceProblem } from "./device-problem.ts";

/** A clock that is not set is looked at every few seconds, and told less often, ms. */
const clockEveryMs = 60_000;

/** Keeps the last problem for the status, and tells it. Each attempt to connect tells one at most: they wait in between. */
export function tellProblems(
  clock: DeviceClock,
  history: DeviceHistory,
  tell: (problem: DeviceProblem) => void,
): (problem: DeviceProblem) => void {
  const toldAtMs = new Map<string, number>();
  return (problem) => {
    history.lastProblem = { ...problem, atSeconds: clock.nowSeconds() };
    if (problem.kind === "clock") {
      const nowMs = clock.monotonicMs();
      for (const [sentence, atMs] of toldAtMs) if (nowMs - atMs >= clockEveryMs) toldAtMs.delete(sentence);
      if (toldAtMs.has(problem.sentence)) return;
      toldAtMs.set(problem.sentence, nowMs);
    }
    tell(problem);
  };
}
