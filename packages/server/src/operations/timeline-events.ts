import type { AuditEvent, AuditType } from "../audit/audit-event.ts";
import type { AuditLog, AuditQuery } from "../audit/audit-log.ts";
import { inOrder } from "../audit/timeline/in-order.ts";
import type { TimelineSubject } from "./timeline-subject.ts";

type Log = Pick<AuditLog, "query">;

/** Client ids of a device that are looked for, those used last: each is a question of its own. */
const mostClientIds = 8;
/** Events of one kind that are read for one name. */
const mostEvents = 1000;
/** Pages that are asked for where few of the rows looked at fit. */
const mostPages = 5;

const seldom: readonly AuditType[] = ["connack", "publish_denied", "subscribe_denied", "change", "guard", "service"];

/** Read each for itself, so that many logins do not take the place of what matters. */
const kinds: readonly { what: "logins" | "others"; filter: Pick<AuditQuery, "types" | "result"> }[] = [
  { what: "others", filter: { result: "deny" } },
  { what: "logins", filter: { types: ["connect", "connected", "disconnected"] } },
  { what: "others", filter: { types: seldom } },
];

export interface SubjectEvents {
  /** Oldest first. */
  events: AuditEvent[];
  /** Refusals of others that used the client id that was asked for. */
  ofOthers: AuditEvent[];
  /** Older ones were not read. */
  isCut: { logins: boolean; others: boolean };
}

/**
 * Events about somebody since a time: those by its name, and those that have its client id and no name, as when a
 * signature is wrong.
 */
export async function timelineEvents(audit: Log, subject: TimelineSubject, from: number): Promise<SubjectEvents> {
  const found = new Map<number, AuditEvent>();
  const others = new Map<number, AuditEvent>();
  const isCut = { logins: false, others: false };
  const asked = questions(subject).flatMap((who) => kinds.map((kind) => ({ ...kind, who })));
  const pages = asked.map(async ({ what, filter, who }) => {
    const { events, more } = await readSome(audit, { ...who, ...filter, from });
    if (more) isCut[what] = true;
    for (const event of events) {
      if (isAbout(event, subject)) found.set(event.id, event);
      else if (event.clientId === subject.asked && event.reason === "client_id_in_use") others.set(event.id, event);
    }
  });
  await Promise.all(pages);
  return { events: inOrder(found.values()), ofOthers: inOrder(others.values()), isCut };
}

/** The last login, connection or end of a connection before a time. */
export async function lastLoginBefore(
  audit: Log,
  subject: TimelineSubject,
  until: number,
): Promise<AuditEvent | undefined> {
  const who = mainQuestion(subject);
  const pages = await Promise.all([
    // A few, as several may have the same millisecond.
    audit.query({ ...who, types: ["connected", "disconnected"], until, limit: 10 }),
    audit.query({ ...who, types: ["connect"], result: "allow", until, limit: 1 }),
  ]);
  return inOrder(pages.flatMap(({ events }) => events)).at(-1);
}

/** The last changes of somebody by name, whenever they were, newest first. */
export async function lastChanges(audit: Log, { deviceId }: TimelineSubject): Promise<AuditEvent[]> {
  if (deviceId === undefined) return [];
  return (await audit.query({ deviceId, types: ["change"], limit: 20 })).events;
}

async function readSome(audit: Log, query: AuditQuery): Promise<{ events: AuditEvent[]; more: boolean }> {
  const events: AuditEvent[] = [];
  let after: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const limit = mostEvents - events.length;
    const answer = await audit.query({ ...query, limit, ...(after !== undefined && { after }) });
    events.push(...answer.events);
    after = answer.next;
    if (after === undefined || events.length >= mostEvents) break;
  }
  return { events, more: after !== undefined };
}

function mainQuestion({ deviceId, clientId }: TimelineSubject): { deviceId: string } | { clientId: string } {
  return deviceId === undefined ? { clientId: clientId as string } : { deviceId };
}

function questions({ asked, deviceId, clientId, device }: TimelineSubject): { deviceId?: string; clientId?: string }[] {
  const clientIds = new Set([
    ...(device?.clientIds.slice(-mostClientIds) ?? []),
    deviceId ?? asked,
    clientId ?? asked,
    asked,
  ]);
  return [...(deviceId === undefined ? [] : [{ deviceId }]), ...[...clientIds].map((each) => ({ clientId: each }))];
}

/** A client id says who it was only where nothing else does. */
function isAbout(event: AuditEvent, { deviceId }: TimelineSubject): boolean {
  return deviceId === undefined || event.deviceId === undefined || event.deviceId === deviceId;
}
