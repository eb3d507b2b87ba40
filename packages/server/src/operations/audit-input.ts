import { z } from "zod";
import { AuditUnavailable } from "../audit/audit-log.ts";
import { OperationError } from "./operation.ts";
import { readTime, timeExamples } from "./read-time.ts";

/** A time: Unix milliseconds, or a text as `readTime` reads it. */
export const timeInput = z
  .union([
    z.int().min(0).max(8_640_000_000_000_000),
    z.string().refine((text) => readTime(text, 0) !== undefined, "this is no time"),
  ])
  .describe(`Unix milliseconds, or a text: ${timeExamples}; UTC where it has no offset.`);

/** Unix milliseconds. */
export function timeOf(time: z.infer<typeof timeInput>, nowMs: number): number {
  const read = typeof time === "number" ? time : readTime(time, nowMs);
  if (read === undefined) throw new RangeError("a time that was not checked");
  return read;
}

/** The same for a time that may be left out. */
export function optionalTime<Name extends string>(
  name: Name,
  time: z.infer<typeof timeInput> | undefined,
  nowMs: number,
): { [K in Name]?: number } {
  return time === undefined ? {} : ({ [name]: timeOf(time, nowMs) } as { [K in Name]: number });
}

/** Where a range of times begins; `from` is an older name of `since`. */
export const beginInput = {
  since: timeInput.optional(),
  from: timeInput.optional().describe("Another name of `since`."),
};

/** Unix milliseconds; `undefined` where it was not given. Throws `bad_input` for two. */
export function beginOf({ since, from }: Begin, nowMs: number): number | undefined {
  if (since !== undefined && from !== undefined)
    throw new OperationError("bad_input", "from and since are the same, and both are given", "give since alone");
  const begin = since ?? from;
  return begin === undefined ? undefined : timeOf(begin, nowMs);
}

interface Begin {
  since?: z.infer<typeof timeInput> | undefined;
  from?: z.infer<typeof timeInput> | undefined;
}

/** Asks the audit. Throws OperationError `audit_unavailable` where it throws `AuditUnavailable`. */
export async function askAudit<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof AuditUnavailable)) throw error;
    throw new OperationError(
      "audit_unavailable",
      `the audit cannot be read: ${error.message}`,
      "decisions go on without it; connack status tells its state",
    );
  }
}
