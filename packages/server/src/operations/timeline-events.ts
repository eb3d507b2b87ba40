import type { AuditEvent, AuditType } from "../audit/audit-event.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { TimelineSubject } from "./timeline-subject.ts";

const ofLogins: readonly AuditType[] = ["connect", "connected", "disconnected"];

/** Client ids of a device that are looked for, those used last: each is a question of its own. */
const mostClientIds = 8;

/**
 * Events about somebody since a time, oldest first, the last `limit` of them: those by its name, and those that have
 * its client id and no name, as when a signature is wrong.
 */
export async function timelineEvents(
  audit: Pick<AuditLog, "query">,
  subject: TimelineSubject,
  { from, limit }: { from: number; limit: number },
): Promise<{ events: AuditEvent[]; more: boolean }> {
  const pages = await Promise.all(questions(subject).map((each) => audit.query({ ...each, from, limit })));
  const found = new Map<number, AuditEvent>();
  for (const { events } of pages) for (const event of events) if (isAbout(event, subject)) found.set(event.id, event);
  const all = [...found.values()].sort((one, other) => one.lastAt - other.lastAt || one.id - other.id);
  return { events: all.slice(-limit), more: all.length > limit || pages.some(({ next }) => next !== undefined) };
}

/** The last login, connection or end of a connection before a time. */
export async function lastLoginBefore(
  audit: Pick<AuditLog, "query">,
  { deviceId, clientId }: TimelineSubject,
  until: number,
): Promise<AuditEvent | undefined> {
  const who = deviceId === undefined ? { clientId: clientId as string } : { deviceId };
  const { events } = await audit.query({ ...who, types: ofLogins, until, limit: 10 });
  return events.find(({ result }) => result !== "deny");
}

function questions({ asked, deviceId, clientId, device }: TimelineSubject): { deviceId?: string; clientId?: string }[] {
  const clientIds = new Set([...(device?.clientIds.slice(-mostClientIds) ?? []), deviceId ?? asked, clientId ?? asked]);
  return [...(deviceId === undefined ? [] : [{ deviceId }]), ...[...clientIds].map((each) => ({ clientId: each }))];
}

/** A client id says who it was only where nothing else does. */
function isAbout(event: AuditEvent, { deviceId }: TimelineSubject): boolean {
  return deviceId === undefined || event.deviceId === undefined || event.deviceId === deviceId;
}
