import { z } from "zod";
import type { AuditEvent } from "../audit/audit-event.ts";
import { type ClockEstimate, estimateClock } from "../audit/estimate-clock.ts";
import { reasonFix, reasonSentence } from "../audit/reason-sentence.ts";
import { findGaps } from "../audit/timeline/find-gaps.ts";
import { summarizeDevice } from "../audit/timeline/summarize-device.ts";
import { isUnproven, type TimelineRow, timelineRows } from "../audit/timeline/timeline-row.ts";
import type { House } from "../open-house.ts";
import type { DeviceStatus } from "../registry/device.ts";
import { askAudit, timeInput, timeOf } from "./audit-input.ts";
import { quoteWord } from "./quote-word.ts";
import { lastLoginBefore, timelineEvents } from "./timeline-events.ts";
import { findTimelineSubject, type TimelineSubject } from "./timeline-subject.ts";

const weekMs = 7 * 86_400_000;

export const deviceTimelineInput = z.strictObject({
  /** Id of a device or service, a MAC in any form, or a client id. */
  id: z.string().min(1).max(512),
  since: timeInput.optional(),
  limit: z.int().min(1).max(1000).default(100),
});

export interface DeviceTimeline {
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
  refusal?: { reason: string; at: string; unproven?: true; sentence: string; fix?: string };
  /** What the tokens of its refused attempts tell of the device's clock. */
  clock?: ClockEstimate;
  /** Oldest first. */
  rows: TimelineRowView[];
  /** Older rows were left out. */
  more: boolean;
  /** A command to go on with. */
  next: string;
}

export type TimelineRowView = Omit<TimelineRow, "firstAt" | "lastAt"> & { firstAt: string; lastAt: string };

/** What is known of a device: a sentence, and the lines behind it. Throws OperationError `audit_unavailable`. */
export async function deviceTimeline(
  house: House,
  { id, since, limit }: z.infer<typeof deviceTimelineInput>,
): Promise<DeviceTimeline> {
  const nowMs = house.nowMs();
  const from = since === undefined ? nowMs - weekMs : timeOf(since);
  return askAudit(async () => {
    const subject = await findTimelineSubject(house, id);
    const { events, more } = await timelineEvents(house.audit, subject, { from, limit });
    const before = more ? undefined : await lastLoginBefore(house.audit, subject, from);
    const { sentence, refusal } = summarizeDevice({
      events,
      before,
      // Of what was left out nothing can be said.
      since: more ? (events[0]?.firstAt ?? from) : from,
      nowMs,
      ...connectedNow(house, subject),
    });
    const known = subject.device !== undefined || events.length > 0 || before !== undefined;
    const clock = clockOf(events, refusal);
    return {
      asked: id,
      ...named(subject),
      ...(subject.device && { status: subject.device.status }),
      known,
      since: iso(from),
      until: iso(nowMs),
      summary: sentence,
      ...(refusal && { refusal: refusalView(refusal, subject) }),
      ...(clock && { clock }),
      rows: timelineRows(events, findGaps(events, nowMs), subject.deviceId).map(rowView),
      more,
      next: nextStep(subject, refusal, known),
    };
  });
}

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

function refusalView(event: AuditEvent, { deviceId }: TimelineSubject): NonNullable<DeviceTimeline["refusal"]> {
  const fix = reasonFix(event.reason);
  return {
    reason: event.reason ?? "unknown",
    at: iso(event.lastAt),
    ...(isUnproven(event) && { unproven: true as const }),
    sentence: reasonSentence(event),
    ...(fix !== undefined && {
      fix: deviceId === undefined ? fix : fix.replaceAll("<id>", () => quoteWord(deviceId)),
    }),
  };
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
