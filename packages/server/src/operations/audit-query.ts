import { z } from "zod";
import { type AuditType, auditTypes } from "../audit/audit-event.ts";
import type { AuditQuery } from "../audit/audit-log.ts";
import { eventView } from "../audit/event-view.ts";
import type { House } from "../open-house.ts";
import { askAudit, beginInput, beginOf, optionalTime, timeInput } from "./audit-input.ts";
import { checkReason } from "./check-reason.ts";

/** An event as it is shown: times as ISO 8601. */
export type EventView = ReturnType<typeof eventView>;

const typeNames = Object.keys(auditTypes) as AuditType[];

/** Which events. Texts longer than any that is kept would find nothing. */
export const auditFilterInput = {
  types: z.array(z.enum(typeNames)).min(1).optional(),
  deviceId: z.string().min(1).max(256).optional(),
  clientId: z.string().min(1).max(512).optional(),
  broker: z.string().min(1).max(64).optional(),
  result: z.enum(["allow", "deny"]).optional(),
  reason: z.string().min(1).max(128).optional(),
};

export const auditQueryInput = z.strictObject({
  ...auditFilterInput,
  ...beginInput,
  until: timeInput.optional(),
  after: z.string().max(256).optional(),
  limit: z.int().min(1).max(1000).default(100),
});

/** One page of events, newest first; `next` is the `after` of the page behind it. */
export interface EventPage {
  events: EventView[];
  next?: string;
}

export async function queryAudit(
  { audit, nowMs }: Pick<House, "audit" | "nowMs">,
  { since, from, until, ...query }: z.infer<typeof auditQueryInput>,
): Promise<EventPage> {
  checkReason(query);
  const now = nowMs();
  const begin = beginOf({ since, from }, now);
  const asked = withoutAbsent({ ...query, from: begin, ...optionalTime("until", until, now) });
  const { events, next } = await askAudit(() => audit.query(asked));
  return { events: events.map(eventView), ...(next !== undefined && { next }) };
}

function withoutAbsent(query: object): AuditQuery {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
