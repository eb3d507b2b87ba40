import type { NewAuditEvent } from "./audit-event.ts";

/** Steps back below this are what time servers do every day. */
const smallStepMs = 2000;

/** Notices when the clock of this machine is set back. */
export class ClockWatch {
  #latest = Number.NEGATIVE_INFINITY;

  /** @param now Unix milliseconds */
  look(now: number): NewAuditEvent | undefined {
    const back = this.#latest - now;
    if (back <= 0) this.#latest = now;
    if (back < smallStepMs || back === Number.POSITIVE_INFINITY) return undefined;
    const from = this.#latest;
    this.#latest = now;
    const detail = `The clock of this machine was set back by ${inWords(back)}: from ${iso(from)} to ${iso(now)}.`;
    return { type: "service", reason: "clock_set_back", detail };
  }

  /** What the clock has shown before, in another run. */
  hasShown(ms: number): void {
    if (ms > this.#latest) this.#latest = ms;
  }
}

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
