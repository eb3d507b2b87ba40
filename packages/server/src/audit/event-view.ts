import { denyReasons } from "@connack/credentials";
import type { AuditEvent, AuditType } from "./audit-event.ts";

/** An event as people and programs outside see it: times in ISO 8601, and what to do about a refusal. */
export interface EventView extends Omit<AuditEvent, "firstAt" | "lastAt" | "id" | "type"> {
  id: number;
  /** When it happened last. */
  time: string;
  type: AuditType;
  firstAt: string;
  lastAt: string;
  /** One sentence: what the reason means. */
  reasonText?: string;
  /** What to do about it. */
  fix?: string;
}

export function eventView({ id, type, firstAt, lastAt, ...rest }: AuditEvent): EventView {
  const row = rowOf(rest.reason);
  const time = isoTime(lastAt);
  return {
    id,
    time,
    type,
    ...rest,
    firstAt: isoTime(firstAt),
    lastAt: time,
    ...(row && { reasonText: row.sentence, fix: row.fix }),
  };
}

function rowOf(reason: string | undefined): { sentence: string; fix: string } | undefined {
  if (reason === undefined || !Object.hasOwn(denyReasons, reason)) return undefined;
  return denyReasons[reason as keyof typeof denyReasons];
}

/** A clock may be set to anything; a Date holds years up to 275760. */
function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
