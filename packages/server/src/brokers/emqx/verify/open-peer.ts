import type { ListenerTarget } from "./listener-target.ts";
import type { LentKind } from "./loan.ts";
import { loadMqttJs, type ReceivedPacket } from "./mqtt-js.ts";
import { Peer } from "./peer.ts";

/** 4 = MQTT 3.1.1. */
export type MqttVersion = 4 | 5;

/** What stands in the CONNECT; no user name and no password where they are absent. */
export interface PeerOptions {
  clientId: string;
  kind?: LentKind;
  username?: string;
  password?: string;
  /** A session that outlives the connection, and one that is there is gone on with. */
  keepsSession?: boolean;
  will?: { topic: string; payload: string; retain?: boolean };
}

/** How the broker answered a CONNECT. */
export type ConnectAnswer =
  | { isIn: true; peer: Peer }
  /** `code`: of the CONNACK; absent when none came, and `seen` says what happened instead. */
  | { isIn: false; code?: number; seen: string };

/** How long a CONNACK may take: EMQX waits 5.5 s for us. In milliseconds. */
const connackWithinMs = 9000;
/** How long the broker keeps a session that outlives its connection (MQTT 5), in seconds. */
const sessionSeconds = 120;

/** One CONNECT. Rejects for nothing: all that can happen is an answer. */
export async function openPeer(
  target: ListenerTarget,
  version: MqttVersion,
  options: PeerOptions,
): Promise<ConnectAnswer> {
  const { connect } = await loadMqttJs();
  const { clientId, username, password, keepsSession = false, will } = options;
  const client = connect(target.url, {
    clientId,
    protocolVersion: version,
    clean: !keepsSession,
    keepalive: 60,
    reconnectPeriod: 0,
    connectTimeout: connackWithinMs + 1000,
    resubscribe: false,
    queueQoSZero: false,
    // What is proven here is what the broker does, not who it is; and what is sent is worth nothing in a few minutes.
    rejectUnauthorized: false,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(version === 5 && keepsSession && { properties: { sessionExpiryInterval: sessionSeconds } }),
    ...(will && { will: { ...will, qos: 0, retain: will.retain ?? false } }),
  });
  return new Promise<ConnectAnswer>((resolve) => {
    const early: ReceivedPacket[] = [];
    let failure = "closed without a CONNACK";
    const closed = new Promise<void>((over) => client.once("close", over));
    const giveUp = (seen: string) => {
      resolve({ isIn: false, seen });
      client.end(true);
      client.stream?.destroy();
    };
    const timer = setTimeout(() => giveUp(`no answer in ${connackWithinMs / 1000} s`), connackWithinMs);
    void closed.then(() => {
      clearTimeout(timer);
      resolve({ isIn: false, seen: failure });
    });
    // Without a listener an error would end the process; the close that follows tells what is needed.
    client.on("error", (error) => {
      failure = typeof error.code === "string" ? `not reached: ${error.code}` : `not reached: ${error.message}`;
      client.end(true);
    });
    let isAnswered = false;
    client.on("packetreceive", (packet) => {
      if (isAnswered) return;
      if (packet.cmd !== "connack") {
        early.push(packet);
        return;
      }
      isAnswered = true;
      clearTimeout(timer);
      const code = packet.reasonCode ?? packet.returnCode ?? 0;
      if (code === 0) resolve({ isIn: true, peer: new Peer(client, packet.sessionPresent === true, closed, early) });
      else resolve({ isIn: false, code, seen: `refused (${codeText(code)})` });
    });
  });
}

/** As both versions write it: 5, 0x87. */
export function codeText(code: number): string {
  return code < 128 ? String(code) : `0x${code.toString(16)}`;
}
