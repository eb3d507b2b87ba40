import type { ConnectRequest } from "@connack/credentials";
import type { LoggedDecision } from "../telemetry/log-decisions.ts";
import type { NewAuditEvent } from "./audit-event.ts";
import { eventClaimedId, eventClientId, eventText } from "./event-text.ts";

/** Characters of a sentence for the operator that are kept. */
const longestDetail = 1000;

/**
 * The event of one decision about a CONNECT. Of what the peer sent it has client id, address and, where nothing proved
 * it, the name it gave itself; never user name or password. Members are set in one order: this runs for every CONNECT.
 *
 * @param isKnown whether a device of that id is registered
 */
export function fromDecision(
  { broker, decision, request, latencyMs }: LoggedDecision,
  isKnown: (deviceId: string) => boolean,
): NewAuditEvent {
  const event: NewAuditEvent = {
    type: "connect",
    broker,
    result: decision.result,
    latencyUs: Math.round(latencyMs * 1000),
  };
  if (request !== undefined) addPeer(event, request);
  if (decision.scheme !== undefined) event.scheme = decision.scheme;
  if (decision.token !== undefined) event.token = decision.token;
  if (decision.result === "allow") {
    event.deviceId = decision.deviceId;
    if (decision.keyId !== undefined) event.keyId = decision.keyId;
    return event;
  }
  event.reason = decision.reason;
  if (decision.detail !== "") event.detail = eventText(decision.detail, longestDetail);
  if (decision.hints.length > 0) event.hints = decision.hints;
  if (decision.deviceId !== undefined) event.deviceId = eventText(decision.deviceId);
  else if (decision.claimedId !== undefined) addClaim(event, decision.claimedId, isKnown);
  return event;
}

function addPeer(event: NewAuditEvent, { clientId, peerHost, listener }: ConnectRequest): void {
  if (clientId !== "") event.clientId = eventClientId(clientId);
  if (peerHost !== undefined && peerHost !== "") event.address = eventText(peerHost);
  if (listener !== undefined) event.listener = eventText(listener);
}

/** A user name that no device has may be a password that was typed into the wrong field. */
function addClaim(event: NewAuditEvent, claimedId: string, isKnown: (deviceId: string) => boolean): void {
  const deviceId = eventClaimedId(claimedId);
  if (deviceId === undefined || (event.scheme === "password" && !isKnown(deviceId))) return;
  event.deviceId = deviceId;
  event.unproven = true;
}
