import type { NewAuditEvent } from "./audit-event.ts";
import type { QueuedEntry } from "./audit-queue.ts";
import { isRefusal } from "./fold-of.ts";

/** Events that have no line of their own, by what they have in common; those of a second, but for refusals. */
export interface UnlistedSum {
  key: string;
  /** What they have in common. */
  event: NewAuditEvent;
  /** How many there were. */
  count: number;
  /** What of them waits to be written. */
  entry?: QueuedEntry | undefined;
}

/** Sums of one second, at most; what is more is told without its reason and broker. */
const mostSums = 100;

/** Counts what comes too fast to be listed. In a storm nearly all ends here, so that nothing is made for a further event. */
export class UnlistedSums {
  /** Few: searched sooner than a key is made. */
  #sums: UnlistedSum[] = [];
  #second = Number.NaN;

  /** @param now Unix milliseconds */
  of(event: NewAuditEvent, now: number): UnlistedSum {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#sums = [];
    }
    const found = this.#find(event, event.broker, event.reason);
    if (found !== undefined) return found;
    if (this.#sums.length < mostSums) return this.#add(event, event.broker, event.reason);
    const reason = event.reason === undefined ? undefined : "other";
    return this.#find(event, undefined, reason) ?? this.#add(event, undefined, reason);
  }

  #find({ type, result }: NewAuditEvent, broker: string | undefined, reason: string | undefined) {
    for (const sum of this.#sums) {
      const { event } = sum;
      if (event.type === type && event.result === result && event.reason === reason && event.broker === broker)
        return sum;
    }
    return undefined;
  }

  #add(event: NewAuditEvent, broker: string | undefined, reason: string | undefined): UnlistedSum {
    const { type, result } = event;
    const second = isRefusal(event) ? "" : this.#second;
    const sum: UnlistedSum = {
      key: `more\n${type}\n${result}\n${broker}\n${reason}\n${second}`,
      event: {
        type,
        ...(broker !== undefined && { broker }),
        ...(result !== undefined && { result }),
        ...(reason !== undefined && { reason }),
      },
      count: 0,
    };
    this.#sums.push(sum);
    return sum;
  }
}
