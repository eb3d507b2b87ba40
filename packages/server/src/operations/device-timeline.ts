import { z } from "zod";
import type { AuditEvent } from "../audit/audit-event.ts";
import { type ClockEstimate, estimateClock } from "../audit/estimate-clock.ts";
import { reasonFix, reasonSentence } from "../audit/reason-sentence.ts";
import { findGaps } from "../audit/timeline/find-gaps.ts";
import { type FittedRows, fitRows } from "../audit/timeline/fold-rows.ts";
import { inOrder } from "../audit/timeline/in-order.ts";
import { standingText } from "../audit/timeline/standing-text.ts";
import { summarizeDevice } from "../audit/timeline/summarize-device.ts";
import { isUnproven, type TimelineRow, timelineRows } from "../audit/timeline/timeline-row.ts";
import type { House } from "../open-house.ts";
import type { DeviceStatus } from "../registry/device.ts";
import { askAudit, timeInput, timeOf } from "./audit-input.ts";
import { auditWarnings } from "./audit-warnings.ts";
import { quoteWord } from "./quote-word.ts";
import { lastChanges, lastLoginBefore, type SubjectEvents, timelineEvents } from "./timeline-events.ts";
import { findTimelineSubject, type TimelineSubject } from "./timeline-subject.ts";

const weekMs = 7 * 86_400_000;

export const deviceTimelineInput = z.strictObject({
  /** Id of a device or service, a MAC in any form, or a client id. */
  id: z.string().min(1).max(512),
  since: timeInput.optional(),
  limit: z.int().min(1).max(1000).default(100),
  /** Rows of refusals and denied topics only. */
  refused: z.boolean().default(false),
});

interface RefusalView {
  reason: string;
  at: string;
  unproven?: true;
  sentence: string;
  fix?: string;
}

export interface DeviceTimeline {
  /** What to know first, as that the audit is not being written. */
  warnings: string[];
  /** What was asked for. */
  asked: string;
  /** The device, where there is one: by its id, its MAC, or a client id of it. */
  deviceId?: string;
  /** What was asked for is a client id, of that device where there is one. */
  clientId?: string;
  /** Its status in the registry; absent where it is not there, or the registry cannot be read. */
  status?: DeviceStatus;
  /** Neither registry nor audit know anything by that name. */
  known: boolean;
  since: string;
  until: string;
  /** What is so now, and why, in one sentence. */
  summary: string;
  /** The refusal to mend; absent where the device came in after the last one. */
  refusal?: RefusalView;
  /** The last refusal where the device came in after it: what to do should it come again. */
  earlier?: RefusalView;
  /** What the tokens of its refused attempts tell of the device's clock. */
  clock?: ClockEstimate;
  /** Oldest first. */
  rows: TimelineRowView[];
  /** Older rows were left out. */
  more: boolean;
  /** What of it: logins alone, or refusals, denied topics and changes too. Absent where nothing was. */
  leftOut?: "logins" | "rows";
  /** A command to go on with. */
  next: string;
}

export type TimelineRowView = Omit<TimelineRow, "firstAt" | "lastAt"> & { firstAt: string; lastAt: string };

/** What is known of a device: a sentence, and the lines behind it. Throws OperationError `audit_unavailable`. */
export async function deviceTimeline(
  house: House,
  { id, since, limit, refused }: z.infer<typeof deviceTimelineInput>,
): Promise<DeviceTimeline> {
  const nowMs = house.nowMs();
  const from = since === undefined ? nowMs - weekMs : timeOf(since, nowMs);
  return askAudit(async () => {
    const subject = await findTimelineSubject(house, id);
    const [found, before, changes] = await Promise.all([
      timelineEvents(house.audit, subject, from),
      lastLoginBefore(house.audit, subject, from),
      lastChanges(house.audit, subject),
    ]);
    const { events } = found;
    const warnings = auditWarnings(house.audit);
    const { sentence, refusal, earlier } = summarizeDevice({
      events,
      before,
      since: from,
      nowMs,
      ...connectedNow(house, subject),
      incomplete: warnings.length > 0,
    });
    const standing = subject.deviceId === undefined ? "" : standingText(subject.device?.status, changes, nowMs);
    const known = subject.device !== undefined || events.length > 0 || before !== undefined || changes.length > 0;
    const clock = clockOf(events, refusal);
    const { rows, leftOut } = rowsOf(found, subject, { nowMs, limit, refused });
    return {
      warnings,
      asked: id,
      ...named(subject),
      ...(subject.device && { status: subject.device.status }),
      known: known || found.ofOthers.length > 0,
      since: iso(from),
      until: iso(nowMs),
      summary: standing === "" ? sentence : `${standing} ${sentence}`,
      ...(refusal && { refusal: refusalView(refusal, subject) }),
      ...(earlier && { earlier: refusalView(earlier, subject) }),
      ...(clock && { clock }),
      rows: rows.map(rowView),
      more: leftOut !== undefined,
      ...(leftOut && { leftOut }),
      next: nextStep(subject, refusal, known),
    };
  });
}

interface Shown {
  nowMs: number;
  limit: number;
  refused: boolean;
}

function rowsOf(
  { events, ofOthers, isCut }: SubjectEvents,
  { deviceId }: TimelineSubject,
  { nowMs, limit, refused }: Shown,
): FittedRows {
  const all = ofOthers.length === 0 ? events : inOrder([...events, ...ofOthers]);
  // Where logins were not read, a silence may be a connection.
  const gaps = isCut.logins ? [] : findGaps(events, nowMs);
  const told = timelineRows(all, gaps, deviceId);
  const { rows, leftOut } = fitRows(refused ? told.filter(({ kind }) => isRefused.has(kind)) : told, limit);
  if (leftOut === "rows" || isCut.others) return { rows, leftOut: "rows" };
  const isWithoutLogins = leftOut !== undefined || (isCut.logins && !refused);
  return { rows, ...(isWithoutLogins && { leftOut: "logins" as const }) };
}

const isRefused: ReadonlySet<TimelineRow["kind"]> = new Set(["refused", "denied topic"]);

function named({ deviceId, clientId }: TimelineSubject): Pick<DeviceTimeline, "deviceId" | "clientId"> {
  return { ...(deviceId !== undefined && { deviceId }), ...(clientId !== undefined && { clientId }) };
}

/** Without a broker of ours in this process nothing is connected to it. */
function connectedNow({ embedded }: House, { deviceId }: TimelineSubject): { connectedNow: boolean } {
  return { connectedNow: embedded?.connected().some((each) => each.deviceId === deviceId) ?? false };
}

function clockOf(events: readonly AuditEvent[], refusal: AuditEvent | undefined): ClockEstimate | undefined {
  if (refusal === undefined) return undefined;
  const clock = estimateClock(events.filter((each) => each.type === "connect" && each.reason === refusal.reason));
  return clock.kind === "unknown" ? undefined : clock;
}

function refusalView(event: AuditEvent, { deviceId }: TimelineSubject): RefusalView {
  const fix = reasonFix(event.reason);
  return {
    reason: event.reason ?? "unknown",
    at: iso(event.lastAt),
    ...(isUnproven(event) && { unproven: true as const }),
    sentence: reasonSentence(event),
    ...(fix !== undefined && { fix: filledIn(fix, event, deviceId) }),
  };
}

/** The fix as it can be pasted, as far as the event says what stands for what. */
function filledIn(fix: string, { clientId, topic }: AuditEvent, deviceId: string | undefined): string {
  const words = { id: deviceId, "client id": clientId, topic, filter: topic };
  return fix.replace(/<(id|client id|topic|filter)>/g, (whole, name: keyof typeof words) => {
    const word = words[name];
    return word === undefined ? whole : quoteWord(word);
  });
}

function rowView({ firstAt, lastAt, ...row }: TimelineRow): TimelineRowView {
  return { ...row, firstAt: iso(firstAt), lastAt: iso(lastAt) };
}

/** Refusals that the credential itself explains. */
const aboutCredential =
  /^(?:malformed_token|bad_|unknown_key|algorithm_|token_|expiry_|lifetime_|wrong_|missing_claim|binding_)/;

function nextStep(
  { deviceId, clientId, asked }: TimelineSubject,
  refusal: AuditEvent | undefined,
  known: boolean,
): string {
  if (!known) return "connack device list";
  if (refusal?.reason !== undefined && aboutCredential.test(refusal.reason) && refusal.reason !== "bad_password")
    return "connack credential explain -";
  const [flag, name] = deviceId === undefined ? ["--client-id", clientId ?? asked] : ["--device", deviceId];
  return `connack watch ${flag} ${quoteWord(name)}`;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
