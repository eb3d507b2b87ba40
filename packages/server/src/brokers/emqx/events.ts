import type { NewAuditEvent } from "../../audit/audit-event.ts";
import { eventText } from "../../audit/event-text.ts";
import type { BrokerEvents, CallbackRequest, EventOrigin } from "../broker-adapter.ts";
import { type Columns, clientOf, textIn, timeIn, versionIn } from "./event-columns.ts";
import { originOf } from "./event-origin.ts";

/**
 * Events of EMQX's rule engine as an HTTP action posts them: the columns of one event as JSON object (recorded on
 * 5.8.0), or several in a list, whatever the content type. Kept are CONNACKs that refuse, connected, disconnected, and
 * denied topics. Of `client.check_authn_complete` only whom EMQX let in without asking anybody: the CONNACK tells of its
 * refusals, and of those before it.
 */
export function parseEmqxEvents({ body }: Pick<CallbackRequest, "body">, nowMs: number): BrokerEvents {
  const told = readJson(body);
  if (typeof told === "string") return { events: [], malformed: told };
  const events: NewAuditEvent[] = [];
  const origins: EventOrigin[] = [];
  const problems = new Set<string>();
  let passedOver = 0;
  for (const one of told) {
    const read = isObject(one) ? readEvent(one, nowMs) : "an event is not a JSON object";
    if (typeof read === "string") problems.add(read);
    else if (read === undefined) passedOver++;
    else {
      events.push(read.event);
      origins.push(read.origin);
    }
  }
  return {
    events,
    ...(origins.length > 0 && { origins }),
    ...(passedOver > 0 && { passedOver }),
    ...(problems.size > 0 && { malformed: [...problems].join("; ") }),
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function readJson(body: Buffer): unknown[] | string {
  try {
    const value: unknown = JSON.parse(utf8.decode(body));
    return Array.isArray(value) ? value : [value];
  } catch {
    return "the body is not JSON in UTF-8";
  }
}

function isObject(value: unknown): value is Columns {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What an event says beside its client; why it cannot be read; or `undefined` for one that is not kept. */
type Reader = (
  columns: Columns,
) => Pick<NewAuditEvent, "type" | "result" | "reason" | "detail" | "topic"> | string | undefined;

const readers: Readonly<Record<string, Reader>> = {
  connack: readConnack,
  connected: (columns) => ({ type: "connected", ...detailFrom(versionIn(columns), nodeIn(columns)) }),
  disconnected: readDisconnected,
  check_authn_complete: readCheckAuthn,
  check_authz_complete: readCheckAuthz,
};

/** `client.connack` as EMQX tells it, and as its rules name it: `$events/client_connack`, since 5.10 `$events/client/connack`. */
const eventName = /^(?:\$events\/)?(?:client|auth)[._/](\w+)$/;

interface ReadEvent {
  event: NewAuditEvent;
  origin: EventOrigin;
}

function readEvent(columns: Columns, nowMs: number): ReadEvent | string | undefined {
  const name = textIn(columns, "event");
  if (name === undefined) return "an event has no name";
  const kind = eventName.exec(name)?.[1] ?? "";
  const told = Object.hasOwn(readers, kind) ? readers[kind]?.(columns) : undefined;
  if (told === undefined || typeof told === "string") return told;
  const client = clientOf(columns);
  // A CONNECT may have been refused for having none.
  if (client.clientId === undefined && kind !== "connack") return `${kind}: no clientid`;
  const event: NewAuditEvent = { broker: "emqx", at: timeIn(columns, nowMs), ...client, ...told };
  if (event.type === "guard") {
    // Nobody asked who it was, and it is no device's history.
    delete event.deviceId;
    delete event.unproven;
    delete event.listener;
  }
  return { event, origin: originOf(kind, columns) };
}

function readConnack(columns: Columns): ReturnType<Reader> {
  const code = textIn(columns, "reason_code");
  if (code === undefined) return "connack: no reason_code";
  if (code === "success") return undefined;
  return { type: "connack", result: "deny", ...reasonFrom(code, versionIn(columns), nodeIn(columns)) };
}

function readDisconnected(columns: Columns): ReturnType<Reader> {
  const reason = textIn(columns, "reason");
  if (reason === undefined) return "disconnected: no reason";
  return { type: "disconnected", ...reasonFrom(reason, nodeIn(columns)) };
}

/**
 * EMQX lets everybody in while no authenticator is enabled, and where a listener asks none; only this event tells. The
 * name for it is that of the guard in the audit.
 */
function readCheckAuthn(columns: Columns): ReturnType<Reader> {
  const code = textIn(columns, "reason_code");
  if (columns["is_anonymous"] !== true || (code !== "success" && code !== "anonymous")) return undefined;
  return { type: "guard", reason: "emqx_admitted_anonymous", ...detailFrom(nodeIn(columns)) };
}

function readCheckAuthz(columns: Columns): ReturnType<Reader> {
  if (columns["result"] === "allow") return undefined;
  const { action, result } = columns;
  const topic = textIn(columns, "topic");
  const isAboutTopic = (action === "publish" || action === "subscribe") && topic !== undefined;
  if (!isAboutTopic || result !== "deny") return "check_authz_complete: no action, topic or result that is known";
  const source = textIn(columns, "authz_source");
  const type = `${action}_denied` as const;
  const by = source === undefined ? "" : `denied by ${source}`;
  return { type, result: "deny", reason: type, topic: eventText(topic), ...detailFrom(by, nodeIn(columns)) };
}

function nodeIn(columns: Columns): string {
  const node = textIn(columns, "node");
  return node === undefined ? "" : `node ${node}`;
}

/** EMQX's reasons are names; anything else only stands in the detail. */
function reasonFrom(reason: string, ...details: string[]): Pick<NewAuditEvent, "reason" | "detail"> {
  if (/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(reason)) return { reason, ...detailFrom(...details) };
  return { reason: "other", ...detailFrom(reason, ...details) };
}

function detailFrom(...parts: string[]): Pick<NewAuditEvent, "detail"> {
  const detail = parts.filter((part) => part !== "").join(", ");
  return detail === "" ? {} : { detail: eventText(detail, 500) };
}
