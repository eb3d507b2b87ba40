import type { DeviceClock } from "./device-clock.ts";
import { type DeviceProblem, timeProblem } from "./device-problem.ts";
import { inTime } from "./in-time.ts";
import { askTimeUrl } from "./time-url.ts";

export interface AskTimeParts {
  clock: DeviceClock;
  timeUrl: string | undefined;
  timeoutSeconds: number;
  onProblem(problem: DeviceProblem): void;
}

/** Asks the server for the time, if there is one. Where it does not answer the clock stays as it is, and that is told. */
export async function askTime({ clock, timeUrl, timeoutSeconds, onProblem }: AskTimeParts, stop: AbortSignal) {
  if (timeUrl === undefined) return;
  try {
    clock.heardTime(await inTime(timeoutSeconds * 1000, stop, (signal) => askTimeUrl(timeUrl, signal)));
  } catch (error) {
    if (!stop.aborted) onProblem(timeProblem(error, timeUrl));
  }
}
