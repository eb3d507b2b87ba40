import type { NewAuditEvent } from "./audit-event.ts";

/** A note of ours in the audit: `service` events, about a time. */
export interface AuditNote {
  event: NewAuditEvent;
  firstAt: number;
  lastAt: number;
}

/** Watches whether the audit can be written, and what is lost; makes the notes that tell of it afterwards. */
export class AuditGap {
  #since: number | undefined;
  #cause = "";
  #lostBefore = 0;
  #toldLost = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** The audit cannot be written. @param lost events lost so far, since the start */
  begin(now: number, cause: string, lost: number): void {
    if (this.#since !== undefined) return;
    this.#since = now;
    this.#cause = cause;
    this.#lostBefore = lost;
  }

  /** It can be written again. */
  end(now: number, lost: number): AuditNote | undefined {
    if (this.#since === undefined) return undefined;
    const from = this.#since;
    this.#since = undefined;
    this.#toldLost = Math.max(this.#toldLost, lost);
    const what = lost === this.#lostBefore ? "Nothing was lost" : `${lost - this.#lostBefore} events were lost`;
    const end = isFileGone.test(this.#cause) ? `${what} since; the history before is gone with that file.` : `${what}.`;
    const detail = `The audit could not be written from ${iso(from)} to ${iso(now)}: ${this.#cause} ${end}`;
    return { event: { type: "service", reason: "audit_gap", detail }, firstAt: from, lastAt: now };
  }

  /** Tells, not often, of events that found no room though the audit can be written. */
  dropped(now: number, lost: number): AuditNote | undefined {
    const more = lost - this.#toldLost;
    if (more <= 0 || this.#since !== undefined || Math.abs(now - this.#toldAt) < 10_000) return undefined;
    this.#toldLost = lost;
    this.#toldAt = now;
    const detail = `${more} events were lost: they came faster than the audit is written.`;
    return { event: { type: "service", reason: "audit_dropped", detail }, firstAt: now, lastAt: now };
  }
}

/** Faults of a file that is there no more; a new one was begun. */
const isFileGone = /the file (?:was taken away|is gone)/;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
