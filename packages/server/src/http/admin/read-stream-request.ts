import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { AuditFilter } from "../../audit/audit-log.ts";
import { timeInput, timeOf } from "../../operations/audit-input.ts";
import { auditFilterInput } from "../../operations/audit-query.ts";
import { badInput } from "../../operations/bad-input.ts";
import { checkReason } from "../../operations/check-reason.ts";
import { checkNames } from "./check-names.ts";
import { type EventPosition, parseEventPosition } from "./event-position.ts";
import { fromQuery, memberNames } from "./from-query.ts";

/** The query of a stream of events. */
export const streamInput = z.strictObject({
  ...auditFilterInput,
  /** Events since then come first; without it only those from now on. */
  since: timeInput.optional(),
});

export interface StreamRequest {
  filter: AuditFilter;
  /** Unix milliseconds. */
  since?: number;
  /** What the reader got last, where it goes on with a stream. */
  last?: EventPosition;
}

/** What a reader asks for; where it was counts more than where it began. Throws `bad_input`. */
export function readStreamRequest(query: URLSearchParams, headers: IncomingHttpHeaders, nowMs: number): StreamRequest {
  const given = fromQuery(query, streamInput);
  checkNames(Object.keys(given), memberNames(streamInput));
  const parsed = streamInput.safeParse(given);
  if (!parsed.success) throw badInput("audit.query", parsed.error, given);
  checkReason(parsed.data);
  const { since, ...rest } = parsed.data;
  const filter = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as AuditFilter;
  const lastId = headers["last-event-id"];
  if (typeof lastId === "string" && lastId !== "") {
    const last = parseEventPosition(lastId);
    return { filter, since: last.at, last };
  }
  return { filter, ...(since !== undefined && { since: timeOf(since, nowMs) }) };
}
