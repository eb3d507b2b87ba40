import { clientInternalsOf } from "./aedes-internals.ts";
import type { Connection } from "./connection.ts";
import type { EndReason } from "./embedded-broker-event.ts";

/** Reason codes of the DISCONNECT that an MQTT 5 client gets (§3.14.2.1). 3.1 and 3.1.1 know no such packet. */
export const disconnectCodes = {
  expired: 0x87,
  revoked: 0x98,
  disabled: 0x98,
  removed: 0x98,
  moved: 0x98,
  rights_changed: 0x98,
  kicked: 0x98,
  taken_over: 0x8e,
  not_authorized: 0x87,
  shutdown: 0x8b,
  malformed_packet: 0x82,
  too_many_unfinished: 0x93,
  too_slow: 0x97,
  keep_alive_timeout: 0x8d,
} as const satisfies Record<EndReason, number>;

/** How long a client may take to read its DISCONNECT, or to finish its CONNECT, before its socket is destroyed. */
const graceMs = 1_000;

/**
 * Takes the connection's rights away at once and closes it: MQTT 5 clients get a DISCONNECT first. The first reason
 * counts. Returns false if it was ended before.
 */
export function endConnection(connection: Connection, why: EndReason): boolean {
  if (connection.ended !== undefined) return false;
  connection.ended = why;
  const { client, socket } = connection;
  // What came behind in the same chunk is not worked on: nothing may follow a DISCONNECT (MQTT 5 §3.14).
  clientInternalsOf(client)._parser.removeAllListeners("packet");
  const disconnect = () => client.disconnect({ reasonCode: disconnectCodes[why] });
  if (client.connected) disconnect();
  // Between CONNACK and "connected" aedes would close without the DISCONNECT packet.
  else if (client.connecting) client.once("connected", disconnect);
  else socket.destroy();
  if (!socket.destroyed) {
    const timer = setTimeout(() => socket.destroy(), graceMs);
    timer.unref();
    socket.once("close", () => clearTimeout(timer));
  }
  return true;
}
