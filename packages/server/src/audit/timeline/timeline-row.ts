import type { AuditEvent, AuditType } from "../audit-event.ts";
import { reasonSentence } from "../reason-sentence.ts";
import type { Gap } from "./find-gaps.ts";
import { aboutText } from "./time-text.ts";

export type TimelineKind =
  | "let in"
  | "refused"
  | "connected"
  | "disconnected"
  | "denied topic"
  | "changed"
  | "broker"
  | "connack"
  | "gap";

/** One line of a device's history, in plain words. Times are Unix milliseconds. */
export interface TimelineRow {
  kind: TimelineKind;
  /** First and last time, where it happened several times. */
  firstAt: number;
  lastAt: number;
  count: number;
  /** Nothing proved that it was this device: the peer only said so, or used its client id. */
  unproven?: true;
  reason?: string;
  text: string;
  /** Of the event in the audit; a gap is none. */
  eventId?: number;
}

/** A login that is followed by its connection within this time is one line, not two. */
const togetherMs = 5000;
/** So many rows may come between the two. */
const mostBetween = 20;

/** The events of a device (`inOrder`) as lines, in the order of their last time; `id` is the device, where one is known. */
export function timelineRows(
  events: readonly AuditEvent[],
  gaps: readonly Gap[],
  id: string | undefined,
): TimelineRow[] {
  const rows = events.filter((event, index) => !isToldByLater(event, events, index)).map((each) => rowOf(each, id));
  return [...gaps.map(gapRow), ...rows].sort((one, other) => one.lastAt - other.lastAt);
}

function isToldByLater(event: AuditEvent, events: readonly AuditEvent[], index: number): boolean {
  if (event.result !== "allow") return false;
  for (const { type, clientId, broker, firstAt } of events.slice(index + 1, index + 1 + mostBetween)) {
    if (type === "connected" && clientId === event.clientId && broker === event.broker)
      return firstAt - event.lastAt <= togetherMs;
  }
  return false;
}

function rowOf(event: AuditEvent, id: string | undefined): TimelineRow {
  const { id: eventId, firstAt, lastAt, count, reason } = event;
  return {
    kind: kindOf(event),
    firstAt,
    lastAt,
    count,
    ...(isUnproven(event) && { unproven: true as const }),
    ...(reason !== undefined && { reason }),
    text: textOf(event, id),
    eventId,
  };
}

/** Whether somebody only said to be a device: by its name, or by nothing but a client id. */
export function isUnproven({ type, unproven, deviceId }: AuditEvent): boolean {
  return unproven === true || (deviceId === undefined && (type === "connect" || type === "connack"));
}

const kinds: Record<Exclude<AuditType, "connect">, TimelineKind> = {
  connack: "refused",
  connected: "connected",
  disconnected: "disconnected",
  publish_denied: "denied topic",
  subscribe_denied: "denied topic",
  guard: "broker",
  change: "changed",
  service: "connack",
};

function kindOf({ type, result }: AuditEvent): TimelineKind {
  if (type !== "connect") return kinds[type];
  return result === "allow" ? "let in" : "refused";
}

function textOf(event: AuditEvent, id: string | undefined): string {
  const { type, reason, detail, hints = [], topic, actor, address, broker } = event;
  const sentence = reasonSentence(event);
  const where = address === undefined ? [] : [`from ${address}`];
  const as = event.clientId === undefined || event.clientId === id ? [] : [`as client ${event.clientId}`];
  const other =
    event.deviceId === undefined || id === undefined || event.deviceId === id ? "" : `device ${event.deviceId}: `;
  switch (type) {
    case "connect":
      if (event.result === "allow") return [`by ${event.scheme ?? "its credential"}`, ...as, ...where].join(", ");
      return [
        `${other}${reason}: ${sentence}`,
        stop(detail),
        ...hints.map(({ text }) => text),
        stop([...as, ...where].join(", ")),
      ]
        .filter(Boolean)
        .join(" ");
    case "connack":
      return [`${other}by the broker (${broker}), ${reason}: ${sentence}`, stop([...as, ...where].join(", "))]
        .filter(Boolean)
        .join(" ");
    case "connected":
      return [`to ${broker ?? "the broker"}`, ...as, ...where].join(", ");
    case "disconnected":
      return sentence.replace(/\.$/, "");
    case "publish_denied":
      return `publish to ${topic ?? "?"}: ${sentence}`;
    case "subscribe_denied":
      return `subscribe to ${topic ?? "?"}: ${sentence}`;
    case "change":
      return `${reason} by ${actor ?? "somebody"}${detail === undefined ? "" : `: ${detail}`}`;
    case "guard":
    case "service":
      return [sentence, stop(detail)].filter(Boolean).join(" ") || String(reason);
  }
}

/** As a sentence of its own. */
function stop(text: string | undefined): string {
  return text === undefined || text === ""
    ? ""
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
}

function gapRow({ from, until, usualMs }: Gap): TimelineRow {
  const text = `nothing heard for ${aboutText((until - from) / 1000)}; before, something about every ${aboutText(usualMs / 1000)}`;
  return { kind: "gap", firstAt: from, lastAt: until, count: 1, text };
}
