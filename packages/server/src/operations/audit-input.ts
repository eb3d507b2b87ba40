import { z } from "zod";
import { AuditUnavailable } from "../audit/audit-log.ts";
import { OperationError } from "./operation.ts";

/** A time: Unix milliseconds, or ISO 8601 with an offset. */
export const timeInput = z.union([z.int().min(0).max(8_640_000_000_000_000), z.iso.datetime({ offset: true })]);

/** Unix milliseconds. */
export function timeOf(time: z.infer<typeof timeInput>): number {
  return typeof time === "number" ? time : Date.parse(time);
}

/** The same for a time that may be left out. */
export function optionalTime<Name extends string>(
  name: Name,
  time: z.infer<typeof timeInput> | undefined,
): { [K in Name]?: number } {
  return time === undefined ? {} : ({ [name]: timeOf(time) } as { [K in Name]: number });
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
