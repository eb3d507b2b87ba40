import type { Connection, ConnectionEnd } from "./connection.ts";
import type { HeldCredentials } from "./credentials-source.ts";
import { CredentialsRefused } from "./device-credentials.ts";
import { clockSteppedProblem, credentialsProblem } from "./device-problem.ts";
import { getCredentials } from "./get-credentials.ts";
import type { LoopParts } from "./loop-parts.ts";
import { WakeableSleep } from "./wakeable-sleep.ts";

export type OnlineOutcome =
  | { kind: "refreshed"; next: HeldCredentials }
  | { kind: "stopped" }
  | { kind: "ended"; end: ConnectionEnd };

/** How often a device that is online looks at its clock, ms. */
const lookEveryMs = 10_000;
/** A timer that comes so late was asleep with its machine. */
const notablyLateMs = 5000;

/** A connection from CONNACK until it ends, newer credentials are there, or the device is stopped. */
export class OnlinePhase {
  readonly #parts: LoopParts;
  readonly #connection: Connection;
  readonly #held: HeldCredentials;
  readonly #isRefreshAsked: () => boolean;
  readonly #sinceMs: number;
  readonly #sleep = new WakeableSleep();
  readonly #over = new AbortController();
  #end: ConnectionEnd | undefined;
  #isAsking = false;
  #askAgainAtMs = 0;
  #next: HeldCredentials | undefined;

  /** @param isRefreshAsked new credentials are wanted, whether they are due or not */
  constructor(parts: LoopParts, connection: Connection, held: HeldCredentials, isRefreshAsked: () => boolean) {
    this.#parts = parts;
    this.#connection = connection;
    this.#held = held;
    this.#isRefreshAsked = isRefreshAsked;
    this.#sinceMs = parts.clock.monotonicMs();
  }

  async run(stop: AbortSignal): Promise<OnlineOutcome> {
    const { clock, connecting, lastingMs } = this.#parts;
    void this.#connection.ended.then((end) => {
      this.#end = end;
      this.wake();
    });
    try {
      for (;;) {
        if (this.#end) return { kind: "ended", end: this.#end };
        if (stop.aborted) return { kind: "stopped" };
        if (this.#next) return { kind: "refreshed", next: this.#next };
        this.#lookAtClock();
        if (clock.monotonicMs() - this.#sinceMs >= lastingMs) connecting.reset();
        const ms = this.#askOrWait();
        const wakeAtMs = clock.monotonicMs() + ms;
        await this.#sleep.sleep(ms);
        // A monotonic clock that goes on while the machine sleeps shows no step.
        if (clock.monotonicMs() - wakeAtMs > notablyLateMs) this.#check();
      }
    } finally {
      this.#over.abort(new Error("the connection is over"));
    }
  }

  /** Something changed: look at it now. */
  wake(): void {
    this.#sleep.wake();
  }

  #lookAtClock(): void {
    const stepMs = this.#parts.clock.look();
    if (stepMs === 0) return;
    this.#parts.onProblem(clockSteppedProblem(stepMs));
    this.#check();
  }

  /** A machine that slept does not know that its connections are gone. */
  #check(): void {
    this.#connection.check(this.#parts.connection.timeoutSeconds * 1000);
  }

  /** Milliseconds until there is something to do. */
  #askOrWait(): number {
    const { clock, source } = this.#parts;
    if (this.#isAsking) return lookEveryMs;
    const nowMs = clock.monotonicMs();
    const isDue = this.#isRefreshAsked() || source.isDue(this.#held);
    if (isDue && nowMs >= this.#askAgainAtMs) {
      void this.#ask();
      return lookEveryMs;
    }
    const dueMs = isDue ? this.#askAgainAtMs : Math.max(this.#held.refreshAtMs, this.#askAgainAtMs);
    return Math.max(0, Math.min(lookEveryMs, dueMs - nowMs));
  }

  /** While the old ones still hold; where there are none yet, again after a while. */
  async #ask(): Promise<void> {
    const { clock, source, asking, onProblem } = this.#parts;
    const { signal } = this.#over;
    this.#isAsking = true;
    try {
      this.#next = await getCredentials(this.#parts, signal);
    } catch (error) {
      if (signal.aborted) return;
      onProblem(credentialsProblem(error, source.provider.name));
      this.#askAgainAtMs = clock.monotonicMs() + asking.failed(error instanceof CredentialsRefused);
    } finally {
      this.#isAsking = false;
    }
    this.wake();
  }
}
