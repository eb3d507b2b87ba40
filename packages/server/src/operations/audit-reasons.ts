import { z } from "zod";
import type { ReasonCount } from "../audit/audit-log.ts";
import { reasonFix, reasonSentence } from "../audit/reason-sentence.ts";
import type { House } from "../open-house.ts";
import { askAudit, optionalTime, timeInput, timeOf } from "./audit-input.ts";
import { quoteWord } from "./quote-word.ts";

const dayMs = 86_400_000;

export const auditReasonsInput = z.strictObject({ from: timeInput.optional(), until: timeInput.optional() });

/** A reason for refusals, with what it means and what to do. */
export interface ReasonView extends Omit<ReasonCount, "lastAt"> {
  /** ISO 8601. */
  lastAt: string;
  sentence: string;
  fix?: string;
}

export interface ReasonViews {
  from: string;
  until: string;
  /** Most frequent first. */
  reasons: ReasonView[];
}

/** Reasons of refusals since a time, the last 24 hours where none is given. */
export async function countReasons(
  { audit, nowMs }: Pick<House, "audit" | "nowMs">,
  input: z.infer<typeof auditReasonsInput>,
): Promise<ReasonViews> {
  const from = input.from === undefined ? nowMs() - dayMs : timeOf(input.from);
  const range = { from, ...optionalTime("until", input.until) };
  const counts = await askAudit(() => audit.reasons(range));
  return {
    from: new Date(from).toISOString(),
    until: new Date(range.until ?? nowMs()).toISOString(),
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
