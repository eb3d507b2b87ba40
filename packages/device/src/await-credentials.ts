import type { HeldCredentials } from "./credentials-source.ts";
import { CredentialsRefused } from "./device-credentials.ts";
import { clockProblem, clockSteppedProblem, credentialsProblem } from "./device-problem.ts";
import { getCredentials } from "./get-credentials.ts";
import { type LoopParts, waitToTryAgain } from "./loop-parts.ts";

/** How often a device without a plausible clock looks at it, seconds: soon at first. */
const mostSecondsForClock = 10;

/** Credentials for a device that has none of use, however long that takes; `undefined` after `stop`. */
export async function awaitCredentials(parts: LoopParts, stop: AbortSignal): Promise<HeldCredentials | undefined> {
  const { clock, source, asking, onState, onProblem } = parts;
  while (!stop.aborted) {
    const stepMs = clock.look();
    if (stepMs !== 0) onProblem(clockSteppedProblem(stepMs));
    await awaitClock(parts, stop);
    if (stop.aborted) break;
    onState("getting credentials");
    try {
      return await getCredentials(parts, stop);
    } catch (error) {
      if (stop.aborted) break;
      onProblem(credentialsProblem(error, source.provider.name));
      await waitToTryAgain(parts, asking.failed(error instanceof CredentialsRefused));
    }
  }
  return undefined;
}

/** Until the clock is plausible, where the provider needs one. */
async function awaitClock({ clock, source, askTime, pause, onState, onProblem }: LoopParts, stop: AbortSignal) {
  for (let looks = 1; source.provider.needsClock && !clock.isPlausible && !stop.aborted; looks++) {
    onState("waiting for the clock");
    await askTime(stop);
    if (clock.isPlausible || stop.aborted) return;
    onProblem(clockProblem);
    await pause.sleep(1000 * Math.min(looks, mostSecondsForClock));
    clock.look();
  }
}
