import type { Backoff } from "./backoff.ts";
import type { CredentialsSource, HeldCredentials } from "./credentials-source.ts";
import { ClockNotSet, type DeviceClock } from "./device-clock.ts";
import { type DeviceProblem, noTimeLeftProblem } from "./device-problem.ts";

export interface CredentialsParts {
  clock: DeviceClock;
  source: CredentialsSource;
  /** Between two requests for credentials. */
  asking: Backoff;
  /** Asks a server for the time where there is one to ask; tells by itself where it does not answer. */
  askTime: (stop: AbortSignal) => Promise<void>;
  onProblem(problem: DeviceProblem): void;
}

/** New credentials, made by a clock that is right as far as the device can know. Rejects with `ClockNotSet` or as `source`. */
export async function getCredentials(
  { clock, source, asking, askTime, onProblem }: CredentialsParts,
  stop: AbortSignal,
): Promise<HeldCredentials> {
  const { name, needsClock } = source.provider;
  if (needsClock && clock.isInDoubt) await askTime(stop);
  if (needsClock && !clock.isPlausible) throw new ClockNotSet("the clock of this device is not set");
  const held = await source.get(stop);
  asking.reset();
  if (held.isInDoubt) onProblem(noTimeLeftProblem(name));
  return held;
}
