import { z } from "zod";
import type { ReasonCount } from "../audit/audit-log.ts";
import { reasonFix, reasonSentence } from "../audit/reason-sentence.ts";
import type { House } from "../open-house.ts";
import { askAudit, beginInput, beginOf, timeInput, timeOf } from "./audit-input.ts";
import { auditWarnings } from "./audit-warnings.ts";
import { quoteWord } from "./quote-word.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const auditReasonsInput = z.strictObject({ ...beginInput, until: timeInput.optional() });

/** A reason for refusals, with what it means and what to do. */
export interface ReasonView extends Omit<ReasonCount, "lastAt"> {
  /** ISO 8601. */
  lastAt: string;
  sentence: string;
  fix?: string;
}

export interface ReasonViews {
  /** What to know first, as that the audit is not being written. */
  warnings: string[];
  /** ISO 8601; refusals are counted by the hour: the start of one, and the end of one unless it is now. */
  from: string;
  until: string;
  /** Most frequent first. */
  reasons: ReasonView[];
}

/**
 * Reasons of refusals since a time, the last 24 hours where none is given. Hours count as a whole, for times, devices
 * and examples alike.
 */
export async function countReasons(
  { audit, nowMs }: Pick<House, "audit" | "nowMs">,
  input: z.infer<typeof auditReasonsInput>,
): Promise<ReasonViews> {
  const now = nowMs();
  const from = Math.floor((beginOf(input, now) ?? now - dayMs) / hourMs) * hourMs;
  const until = input.until === undefined ? undefined : Math.ceil(timeOf(input.until, now) / hourMs) * hourMs;
  const range = { from, ...(until !== undefined && { until }) };
  const counts = await askAudit(() => audit.reasons(range));
  return {
    warnings: auditWarnings(audit),
    from: new Date(from).toISOString(),
    until: new Date(until ?? now).toISOString(),
    reasons: counts.map(viewOf).sort((one, other) => other.count - one.count),
  };
}

function viewOf(count: ReasonCount): ReasonView {
  const fix = reasonFix(count.reason);
  // Where it is one device alone, the fix can be pasted.
  const [only] = count.devices === 1 ? count.examples : [];
  const id = only?.deviceId;
  return {
    ...count,
    lastAt: new Date(count.lastAt).toISOString(),
    sentence: reasonSentence(count),
    ...(fix !== undefined && { fix: id === undefined ? fix : fix.replaceAll("<id>", () => quoteWord(id)) }),
  };
}
