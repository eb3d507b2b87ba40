import { isIP } from "node:net";
import { parseXiaozhiClientId } from "@connack/credentials";
import type { NewAuditEvent } from "../../audit/audit-event.ts";
import { eventClaimedId, eventClientId, eventText } from "../../audit/event-text.ts";

/** The columns of one event of EMQX's rule engine. */
export type Columns = Record<string, unknown>;

/** A column's text; `undefined` for an empty one, and for one that EMQX does not know: `"mountpoint":"undefined"`. */
export function textIn(columns: Columns, name: string): string | undefined {
  const text = wholeTextIn(columns, name);
  return text === "undefined" ? undefined : text;
}

/** The same for a column of which EMQX always knows what stands there. */
export function wholeTextIn(columns: Columns, name: string): string | undefined {
  const value = Object.hasOwn(columns, name) ? columns[name] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

const dayMs = 86_400_000;

/** When it happened, in Unix milliseconds: by EMQX's clock, or by ours where that is off by more than a day. */
export function timeIn({ timestamp }: Columns, nowMs: number): number {
  const isNear = typeof timestamp === "number" && Math.abs(timestamp - nowMs) <= dayMs;
  return isNear ? Math.trunc(timestamp) : nowMs;
}

const versions = new Map<unknown, string>([
  [3, "MQTT 3.1"],
  [4, "MQTT 3.1.1"],
  [5, "MQTT 5"],
]);

export function versionIn({ proto_ver: version }: Columns): string {
  return versions.get(version) ?? "";
}

/** Whom an event is about: client id, address, the listener's address, and the device. */
export function clientOf(columns: Columns): Partial<NewAuditEvent> {
  // A program that does not know its own name may connect as `undefined`.
  const clientId = wholeTextIn(columns, "clientid");
  const address = addressIn(textIn(columns, "peername"));
  const listener = textIn(columns, "sockname");
  return {
    ...deviceOf(columns, clientId),
    ...(clientId !== undefined && { clientId: eventClientId(clientId) }),
    ...(address !== undefined && { address }),
    ...(listener !== undefined && { listener: eventText(listener, 64) }),
  };
}

/** The device that our answer named is in the client attributes; without them there is only what the client says. */
function deviceOf({ client_attrs: attributes }: Columns, clientId = ""): Partial<NewAuditEvent> {
  const named = typeof attributes === "object" && attributes !== null ? textIn(attributes as Columns, "device") : "";
  if (named) return { deviceId: eventText(named) };
  const claimed = eventClaimedId(parseXiaozhiClientId(clientId)?.mac ?? clientId);
  return claimed === undefined ? {} : { deviceId: claimed, unproven: true };
}

/** `203.0.113.7:52918`, `[2001:db8::1]:52918` and, as EMQX writes it, `2001:db8::1:52918`. */
function addressIn(peer: string | undefined): string | undefined {
  if (peer === undefined) return undefined;
  const host = peer.slice(0, peer.lastIndexOf(":")).replace(/^\[|\]$/g, "");
  return isIP(host) === 0 ? undefined : host;
}
