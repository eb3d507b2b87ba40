import type { AuditEvent } from "../audit-event.ts";
import { disconnectSentence } from "../disconnect-reasons.ts";
import { reasonSentence } from "../reason-sentence.ts";
import { clause, explainRefusal } from "./explain-refusal.ts";
import { isTakeOver } from "./in-order.ts";
import { aboutText, spanText, timesText, timeText } from "./time-text.ts";
import { isUnproven } from "./timeline-row.ts";

export interface DeviceHistory {
  /** In the order they happened (`inOrder`), those of the time that was asked for. */
  events: readonly AuditEvent[];
  /** The last login, connection or end of one before that time. */
  before?: AuditEvent | undefined;
  /** Unix milliseconds. */
  since: number;
  nowMs: number;
  /** Whether the embedded broker has a connection of it now; absent where that cannot be known. */
  connectedNow?: boolean;
  /** The audit is not being written: what is not in it may have happened. */
  incomplete?: boolean;
}

/** What is so now, and the refusal to mend where there is one. */
export interface DeviceSummary {
  /** One sentence, a full stop included. */
  sentence: string;
  /** The latest refusal or denied topic, unless the device came in after it. */
  refusal?: AuditEvent;
  /** The latest refusal where the device has come in after it: it may come again. */
  earlier?: AuditEvent;
}

/** A device's state and the way there, in one sentence. */
export function summarizeDevice(history: DeviceHistory): DeviceSummary {
  const { events, before } = history;
  const all = before === undefined ? events : [before, ...events];
  const login = all.findLast((event) => isLogin(event) || isEnd(event));
  const refusals = events.filter(isRefusal);
  const open =
    login !== undefined && isLogin(login) && !(login.broker === "embedded" && history.connectedNow === false);
  // Whoever was refused before that: it has come in since.
  const since = all.findLast(isLogin)?.lastAt ?? Number.NEGATIVE_INFINITY;
  const streak = refusals.filter((event) => event.lastAt > since);
  const proven = streak.filter((event) => !isUnproven(event));
  const told = proven.length > 0 ? proven : streak;
  const refusal = told.at(-1);
  // Somebody who uses its name while it is connected does not change that it is.
  if (refusal !== undefined && (!open || proven.length > 0))
    return { sentence: `${refusedText(told, history)}${cameInText(proven.length === 0, since, history)}.`, refusal };
  const denials = events.filter((event) => isDenial(event) && event.lastAt > since);
  const denial = denials.at(-1);
  const denied = denial === undefined ? "" : deniedText(denial, denials, history);
  const mend = denial === undefined ? {} : { refusal: denial };
  if (login === undefined) return { sentence: `${neverText(history)}${denied}.`, ...mend };
  const sentence = isEnd(login) ? endText(login, refusals, history) : openText(login, open, refusals, streak, history);
  const earlier = refusals.findLast((event) => event.lastAt <= since);
  return { sentence: `${sentence}${denied}.`, ...mend, ...(denial === undefined && earlier && { earlier }) };
}

function isLogin({ type, result }: AuditEvent): boolean {
  return type === "connected" || (type === "connect" && result === "allow");
}

/** A session that is taken over goes on by another connection. */
function isEnd(event: AuditEvent): boolean {
  return event.type === "disconnected" && !isTakeOver(event);
}

function isRefusal({ type, result }: AuditEvent): boolean {
  return type === "connack" || (type === "connect" && result === "deny");
}

function isDenial({ type }: AuditEvent): boolean {
  return type === "publish_denied" || type === "subscribe_denied";
}

function deniedText(last: AuditEvent, denials: readonly AuditEvent[], { nowMs }: DeviceHistory): string {
  const action = last.type === "publish_denied" ? "publish to" : "subscribe to";
  const other = last.reason === last.type ? "" : `: ${clause(reasonSentence(last)) || last.reason}`;
  const topic = last.topic === undefined ? "topics" : last.topic;
  return `; it was denied topics ${timesText(sum(denials))}, last to ${action} ${topic} at ${timeText(last.lastAt, nowMs)}${other}`;
}

/** Of refusals that nothing proved to be its own, the reader has to know when the device itself came last. */
function cameInText(isUnproven: boolean, since: number, { nowMs }: DeviceHistory): string {
  return isUnproven && since > Number.NEGATIVE_INFINITY ? `; it came in last at ${timeText(since, nowMs)}` : "";
}

function refusedText(refusals: readonly AuditEvent[], { nowMs }: DeviceHistory): string {
  const last = refusals.at(-1) as AuditEvent;
  const latest = refusals.filter(({ type, reason }) => type === last.type && reason === last.reason);
  const others = refusals.length - latest.length;
  const who = isUnproven(last) ? "Somebody who said to be it was refused" : "Refused";
  const when =
    sum(refusals) === 1 ? `at ${timeText(last.lastAt, nowMs)}` : `since ${timeText(firstOf(refusals), nowMs)}`;
  const why = others === 0 ? explainRefusal(latest) : `for several reasons, lastly: ${explainRefusal(latest)}`;
  return `${who} ${timesText(sum(refusals))} ${when}${others === 0 ? ":" : ""} ${why}`;
}

function endText(
  { reason = "", broker, lastAt }: AuditEvent,
  refusals: readonly AuditEvent[],
  history: DeviceHistory,
): string {
  const state = `Disconnected ${aboutText((history.nowMs - lastAt) / 1000)} ago: ${disconnectSentence(reason, broker)}`;
  return refusals.length === 0 ? state : `${state}; ${beforeText(refusals, history)}`;
}

/** Of refusals that the device has come in after. */
function beforeText(refusals: readonly AuditEvent[], { since, nowMs }: DeviceHistory): string {
  const last = refusals.at(-1) as AuditEvent;
  const who = refusals.every(isUnproven) ? "somebody who said to be it was refused" : "refused";
  const times = `${timesText(sum(refusals))} in ${spanText((nowMs - since) / 1000)}`;
  return `before that ${who} ${times}, last at ${timeText(last.lastAt, nowMs)} (${last.reason})`;
}

function openText(
  login: AuditEvent,
  open: boolean,
  refusals: readonly AuditEvent[],
  meanwhile: readonly AuditEvent[],
  history: DeviceHistory,
): string {
  const { since, nowMs } = history;
  const at = timeText(login.lastAt, nowMs);
  const state = !open
    ? `Not connected: its last connection began at ${at}, and its end was not recorded, as Connack was not there then`
    : login.type === "connected"
      ? `Connected since ${at}`
      : `Let in at ${at}; the broker (${login.broker}) told nothing of it after that`;
  const span = spanText((nowMs - since) / 1000);
  if (refusals.length === 0)
    return `${state}${open && login.type === "connected" ? "," : ";"} no refusals ${history.incomplete ? "written " : ""}in ${span}`;
  if (meanwhile.length > 0) {
    const last = meanwhile.at(-1) as AuditEvent;
    const who = `somebody who said to be it was refused ${timesText(sum(meanwhile))}`;
    return `${state}; after that ${who}, last at ${timeText(last.lastAt, nowMs)} (${last.reason})`;
  }
  return `${state}; ${beforeText(refusals, history)}`;
}

function neverText({ events, since, nowMs, incomplete }: DeviceHistory): string {
  const span = spanText((nowMs - since) / 1000);
  if (incomplete) return `Nothing of it trying to connect was written in the last ${span}, and the audit is incomplete`;
  if (events.length === 0) return `Never seen in the audit of the last ${span}`;
  return `No attempt to connect in the last ${span}`;
}

function sum(events: readonly AuditEvent[]): number {
  return events.reduce((total, { count }) => total + count, 0);
}

function firstOf(events: readonly AuditEvent[]): number {
  return Math.min(...events.map(({ firstAt }) => firstAt));
}
