import type { AuditType, NewAuditEvent } from "./audit-event.ts";
import type { QueuedEntry } from "./audit-queue.ts";
import { cleanEvent } from "./clean-event.ts";
import type { PackedEntry } from "./packed-entry.ts";

/** What an entry adds to the audit, as it travels to the audit's thread. */
export function packEntry(entry: QueuedEntry): PackedEntry {
  const { fold, id, firstAt, lastAt, count } = entry;
  const event = cleanEvent(told(entry));
  return [
    entry.row ?? null,
    fold?.key ?? null,
    fold?.forMs ?? 0,
    id,
    event.type,
    firstAt,
    lastAt,
    count,
    event.broker ?? null,
    event.listener ?? null,
    event.deviceId ?? null,
    event.unproven ? 1 : null,
    event.clientId ?? null,
    event.address ?? null,
    event.scheme ?? null,
    event.keyId ?? null,
    event.result ?? null,
    event.reason ?? null,
    event.detail ?? null,
    event.hints && event.hints.length > 0 ? JSON.stringify(event.hints) : null,
    event.topic ?? null,
    event.latencyUs ?? null,
    event.token?.iat ?? null,
    event.token?.nbf ?? null,
    event.token?.exp ?? null,
    entry.firstIat !== undefined && Number.isSafeInteger(entry.firstIat) ? entry.firstIat : null,
    event.actor ?? null,
  ];
}

/** Of a row of many, without what is one's only. */
function told({ event, fold, unlisted }: QueuedEntry): NewAuditEvent {
  if (unlisted !== undefined) return { ...event, detail: unlistedDetail(event, unlisted.count) };
  if (fold?.others === undefined) return event;
  const { of, cause } = fold.others;
  const many = `${of === "topics" ? "topics" : "client ids"}`;
  const others = `One line for about ${grouped(cause.others?.estimate() ?? 1)} other ${many}, beside the ${cause.variants.size} with lines of their own.`;
  const detail = event.detail === undefined ? others : `${others} The last: ${event.detail}`;
  if (of === "topics") {
    const { topic: _, ...rest } = event;
    return { ...rest, detail };
  }
  const { deviceId: _d, unproven: _u, clientId: _c, topic: _t, ...rest } = event;
  return { ...rest, detail };
}

const nouns: Partial<Record<AuditType, string>> = {
  connect: "logins were allowed",
  connected: "connections began",
  disconnected: "connections ended",
};

function unlistedDetail({ type, result }: NewAuditEvent, count: number): string {
  if (result === "deny") return "Refusals that came too fast for lines of their own; all are counted here.";
  const noun = nouns[type];
  if (noun === undefined) return "Events that came too fast for lines of their own; all are counted here.";
  return `${grouped(count)} more ${noun} in this second and are not listed one by one.`;
}

/** 4900 as "4 900". */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, " ");
}
