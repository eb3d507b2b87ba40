import {
  type AllowDecision,
  type ConnackMeaning,
  connackCodes,
  type DenyReason,
  denyReasons,
} from "@connack/credentials";
import { checkWill } from "./authorize-publish.ts";
import type { BrokerContext } from "./broker-context.ts";
import { accessFrom, type Connection, describePeer } from "./connection.ts";
import { type DecideFailure, decideWithin } from "./decide-within.ts";
import type { EndReason } from "./embedded-broker-event.ts";
import { endConnection } from "./end-connection.ts";
import { readConnectRequest } from "./read-connect-request.ts";
import { runAt } from "./run-at.ts";

/** The MQTT 3 return code of the refusal; aedes turns 4 and 5 into 0x86 and 0x87 for MQTT 5. `gone`: nobody to answer. */
export type Admission = { result: "allow" } | { result: "deny"; returnCode: 4 | 5 } | { result: "gone" };

/**
 * One CONNECT from its parsed packet to yes or no. Never rejects: a failure of ours is a refusal. After an allow the
 * connection carries device, rights and expiry.
 */
export async function admitClient(
  context: BrokerContext,
  connection: Connection,
  username: string | undefined,
  password: Uint8Array | undefined,
): Promise<Admission> {
  const { limits, reporter, staleDecisions } = context;
  const read = readConnectRequest(connection, username, password, limits);
  if (!("request" in read)) return refuse(context, connection, { ...read, by: "broker" });
  const begun = staleDecisions.begin();
  let by: Refusal["by"] = "decision";
  const onFailure = (failure: DecideFailure, error: unknown) => {
    by = "broker";
    reporter.trip(failure, connection, error);
  };
  const decision = await decideWithin(context.decideConnect, read.request, limits.decideTimeoutMs, onFailure);
  if (connection.socket.destroyed) return { result: "gone" };
  if (decision.result === "deny") {
    const { reason, deviceId } = decision;
    return refuse(context, connection, { reason, by, ...(deviceId === undefined ? {} : { deviceId }) });
  }
  try {
    return await admit(context, connection, decision, begun);
  } catch (error) {
    reporter.trip("contained_exception", connection, error);
    return refuse(context, connection, { reason: "internal_error", by: "broker", deviceId: decision.deviceId });
  }
}

async function admit(
  context: BrokerContext,
  connection: Connection,
  decision: AllowDecision,
  begun: number,
): Promise<Admission> {
  const { connections, nowMs, reporter, sessions, staleDecisions } = context;
  const { deviceId, expireAtSeconds } = decision;
  const refuseAs = (reason: DenyReason) => refuse(context, connection, { reason, by: "broker", deviceId });
  const stale = staleDecisions.since(begun, deviceId);
  if (stale !== undefined) {
    reporter.trip("stale_decision", connection);
    return refuseAs(stale === "unknown" ? "internal_error" : reasonOfEnd(stale));
  }
  const holders = connections.withClientId(connection.client.id);
  if (holders.some((holder) => holder.access?.deviceId !== deviceId)) {
    reporter.trip("client_id_of_other_device", connection);
    return refuseAs("client_id_in_use");
  }
  connections.admit(connection, accessFrom(decision, connections.nextOrder()));
  if (expireAtSeconds !== undefined) {
    connection.cancelExpiry = runAt(expireAtSeconds * 1000, nowMs, () => endConnection(connection, "expired"));
  }
  await sessions.open(connection);
  if (connection.socket.destroyed) return { result: "gone" };
  // A kick may have come in between.
  if (connection.ended !== undefined) return refuseAs(reasonOfEnd(connection.ended));
  checkWill(context, connection);
  return { result: "allow" };
}

/** What a connection that was ended before its CONNACK is told it was. */
function reasonOfEnd(why: EndReason): DenyReason {
  switch (why) {
    case "revoked":
      return "device_revoked";
    case "disabled":
      return "device_disabled";
    case "removed":
      return "device_removed";
    case "moved":
      return "scheme_not_allowed";
    case "expired":
      return "token_expired";
    case "malformed_packet":
      return "malformed_request";
    // It may try again, and nothing about it is wrong.
    case "rights_changed":
    case "kicked":
    case "taken_over":
    case "not_authorized":
    case "shutdown":
    case "too_many_unfinished":
    case "too_slow":
    case "keep_alive_timeout":
      return "internal_error";
  }
}

interface Refusal {
  reason: DenyReason;
  connack?: ConnackMeaning;
  by: "decision" | "broker";
  deviceId?: string;
}

function refuse(context: BrokerContext, connection: Connection, refusal: Refusal): Admission {
  const { connack, ...told } = refusal;
  connection.refused = true;
  context.reporter.report({ type: "refused", ...told, ...describePeer(connection) });
  // A reason this version does not know must not become a crash, nor a yes.
  const known = Object.hasOwn(denyReasons, refusal.reason) ? denyReasons[refusal.reason].connack : "not authorized";
  return { result: "deny", returnCode: connackCodes[connack ?? known][0] === 4 ? 4 : 5 };
}
