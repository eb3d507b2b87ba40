import type { AuditEvent } from "../audit-event.ts";
import { type ClockEstimate, estimateClock } from "../estimate-clock.ts";
import { reasonSentence } from "../reason-sentence.ts";
import { aboutText } from "./time-text.ts";

/** A clock that is off by less is not worth a word beside a refusal for another reason; seconds. */
const notable = 120;
/** The same where the refusal is about time. */
const notableForTimes = 30;

/**
 * Why attempts were refused for one reason, as the end of a sentence: with what their tokens tell of the device's
 * clock. `rows`: of that reason, in the order of time, one at least.
 */
export function explainRefusal(rows: readonly AuditEvent[]): string {
  const last = rows.at(-1) as AuditEvent;
  const clock = estimateClock(rows);
  const times = aboutTimes(last, clock, rows.length > 1 || last.count > 1);
  if (times !== undefined) return times;
  const isOff = clock.kind === "offset" && Math.abs(clock.seconds) >= notable;
  return `${clause(reasonSentence(last)) || last.reason}${isOff ? `; ${offText(clock.seconds)}` : ""}`;
}

function aboutTimes({ reason, token, lastAt }: AuditEvent, clock: ClockEstimate, isMany: boolean): string | undefined {
  const now = lastAt / 1000;
  const each = clock.kind === "offset" ? "each attempt" : isMany ? "the last attempt" : "the attempt";
  if (reason === "token_expired" && token?.exp !== undefined && token.exp <= now) {
    const ago = aboutText(now - token.exp);
    if (clock.kind === "never set") return "the token was made in 1970, as the device's clock was never set";
    if (clock.kind === "same token")
      return `the device sends the same token again and again, which expired ${ago} before the last attempt`;
    return `the token expired ${ago} before ${each}${clockEnd(clock, "though the device's clock is right")}`;
  }
  if (reason === "token_not_yet_valid" && token?.nbf !== undefined && token.nbf > now)
    return `the token becomes valid only ${aboutText(token.nbf - now)} after ${each}${clockEnd(clock)}`;
  if (reason === "token_issued_in_future" && token?.iat !== undefined && token.iat > now)
    return `the token says it was made ${aboutText(token.iat - now)} after ${each}${clockEnd(clock)}`;
  return undefined;
}

function clockEnd(clock: ClockEstimate, ifRight?: string): string {
  if (clock.kind !== "offset") return "";
  if (Math.abs(clock.seconds) >= notableForTimes) return `; ${offText(clock.seconds)}`;
  return ifRight === undefined ? "" : `, ${ifRight}`;
}

function offText(seconds: number): string {
  return `the device's clock is about ${aboutText(seconds)} ${seconds < 0 ? "slow" : "fast"}`;
}

/** A sentence as part of another one. */
export function clause(sentence: string): string {
  return sentence
    .replace(/\.$/, "")
    .replace(/^(?:The|A|An|No|Nobody|Too|There|Somebody|Something) /, (word) => word.toLowerCase());
}
