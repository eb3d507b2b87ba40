import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { type AuditType, auditTypes } from "../audit/audit-event.ts";
import { type AuditLog, AuditUnavailable } from "../audit/audit-log.ts";
import { eventView } from "../audit/event-view.ts";
import { type FollowOptions, followEvents } from "../audit/follow-events.ts";
import { askAudit, optionalTime, timeInput } from "../operations/audit-input.ts";
import { auditFilterInput } from "../operations/audit-query.ts";
import { badInput } from "../operations/bad-input.ts";

export interface StreamEventsOptions {
  audit: Pick<AuditLog, "query" | "follow" | "flush">;
  nowMs(): number;
  heartbeatMs: number;
  /** Ends the stream. */
  stopping: AbortSignal;
}

/** Others are served after this many lines. */
const linesPerTurn = 32;

/**
 * Answers `GET /events?since=&type=&deviceId=&clientId=&broker=&result=&reason=` with a line of JSON for each event,
 * an event view or `{"missed": n}`, and an empty one now and then, until the reader goes. Nothing is read for a reader
 * that does not take it. Throws OperationError, with nothing sent yet, for a question that is none, and
 * `audit_unavailable`.
 */
export async function streamEvents(
  { audit, nowMs, heartbeatMs, stopping }: StreamEventsOptions,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const question = readQuestion(query, nowMs());
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, stopping]);
  const events = await askAudit(() => followEvents(audit, { ...question, nowMs, signal }));
  // The head at once, so that the reader knows that it is heard, and that from now on nothing is lost.
  response.writeHead(200, { "content-type": "application/x-ndjson", connection: "close" });
  response.write("\n");
  const heartbeat = setInterval(() => response.writableNeedDrain || response.write("\n"), heartbeatMs);
  try {
    let lines = 0;
    for await (const each of events) {
      if (signal.aborted) break;
      const hasRoom = response.write(`${JSON.stringify("missed" in each ? each : eventView(each))}\n`);
      if (!hasRoom) await drained(response, signal);
      else if (++lines % linesPerTurn === 0) await nextTurn();
    }
    response.end();
  } catch (error) {
    if (!(error instanceof AuditUnavailable)) throw error;
    response.destroy(); // in the middle of what was kept: the reader sees that there is more, and asks again
  } finally {
    clearInterval(heartbeat);
  }
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    await once(response, "drain", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

const { types: _, ...filterInput } = auditFilterInput;
const input = z.strictObject({
  ...filterInput,
  type: z.array(z.enum(Object.keys(auditTypes) as AuditType[])).optional(),
  since: timeInput.optional(),
});

function readQuestion(query: URLSearchParams, nowMs: number): Pick<FollowOptions, "filter" | "since"> {
  const types = query.getAll("type");
  const { since, ...texts } = Object.fromEntries([...query].filter(([name]) => name !== "type"));
  const parsed = input.safeParse({
    ...texts,
    ...(types.length > 0 && { type: types }),
    ...(since !== undefined && { since: /^\d{1,16}$/.test(since) ? Number(since) : since }),
  });
  if (!parsed.success) throw badInput("events", parsed.error);
  const { since: from, type, ...filter } = parsed.data;
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  return { filter: { ...given, ...(type && { types: type }) }, ...optionalTime("since", from, nowMs) };
}
