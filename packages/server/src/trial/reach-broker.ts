import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { BrokerTarget } from "./broker-target.ts";
import { explainNetworkError, type Obstacle } from "./explain-network-error.ts";
import { NoWebSocket, reachWebSocket } from "./reach-web-socket.ts";

/** One thing that was reached, or not. */
export interface Reached {
  layer: "DNS" | "TCP" | "TLS" | "WebSocket";
  text: string;
  obstacle?: Obstacle;
}

/**
 * Name, port, TLS and WebSocket of a broker, one after the other, on connections of their own that say nothing and are
 * closed: `tell` hears of each. Resolves with whether all were reached.
 */
export async function reachBroker(target: BrokerTarget, tell: (reached: Reached) => void): Promise<boolean> {
  if (!(await reachPort(target, tell))) return false;
  return !target.isWebSocket || (await step("WebSocket", target, tell, () => reachWebSocket(target)));
}

async function reachPort(target: BrokerTarget, tell: (reached: Reached) => void): Promise<boolean> {
  if (isIP(target.host) === 0 && !(await step("DNS", target, tell, () => resolveName(target)))) return false;
  let socket: Socket | undefined;
  const begun = performance.now();
  const isOpen = await step("TCP", target, tell, async () => {
    socket = await openTcp(target);
    const { remoteAddress = "", remotePort } = socket;
    const address = remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress;
    return `${address}:${remotePort} takes the connection, after ${Math.round(performance.now() - begun)} ms`;
  });
  try {
    if (!isOpen || !socket || !target.isTls) return isOpen;
    const open = socket;
    return await step("TLS", target, tell, () => shakeHands(target, open));
  } finally {
    socket?.destroy();
  }
}

async function step(
  layer: Reached["layer"],
  target: BrokerTarget,
  tell: (reached: Reached) => void,
  run: () => Promise<string>,
): Promise<boolean> {
  try {
    tell({ layer, text: await run() });
    return true;
  } catch (error) {
    const obstacle =
      error instanceof NoWebSocket ? explainNoWebSocket(error, target) : explainNetworkError(error, target);
    tell({ layer, text: obstacle.sentence, obstacle });
    return false;
  }
}

function explainNoWebSocket({ message }: NoWebSocket, { shown }: BrokerTarget): Obstacle {
  return {
    sentence: `What answers at ${shown} ${message}.`,
    next: "correct port and path of the URL; most brokers have MQTT at /mqtt, on port 8083 or with TLS 8084",
  };
}

const mostAddresses = 4;

async function resolveName({ host, timeoutSeconds }: BrokerTarget): Promise<string> {
  const late = Object.assign(new Error("no answer"), { code: "EAI_AGAIN" });
  const found = await within(lookup(host, { all: true }), timeoutSeconds, late);
  const more = found.length > mostAddresses ? ` and ${found.length - mostAddresses} more` : "";
  const shown = found.slice(0, mostAddresses).map(({ address }) => address);
  return `${host} is ${shown.join(", ")}${more}`;
}

async function within<T>(promise: Promise<T>, seconds: number, late: Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late), seconds * 1000);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function openTcp(target: BrokerTarget): Promise<Socket> {
  const socket = connectTcp({ host: target.host, port: target.port });
  return settled(socket, "connect", target);
}

async function shakeHands(target: BrokerTarget, socket: Socket): Promise<string> {
  const { host, tls = {} } = target;
  const secure = connectTls({ ...tls, socket, host, ...(isIP(host) === 0 && { servername: host }) });
  await settled<TLSSocket>(secure, "secureConnect", target);
  const { subject, valid_to: until } = secure.getPeerCertificate();
  const name = subject?.CN === undefined ? "" : ` of ${String(subject.CN)}`;
  const text = `${secure.getProtocol()}; the certificate${name} is trusted and holds until ${until}`;
  secure.destroy();
  return text;
}

/** Resolves at the event, rejects when the socket fails, closes or takes too long first. */
function settled<S extends Socket>(socket: S, event: string, { timeoutSeconds }: BrokerTarget): Promise<S> {
  const late = Object.assign(new Error("no answer"), { code: "ETIMEDOUT" });
  const closed = Object.assign(new Error("closed"), { code: "ECONNRESET" });
  const opened = new Promise<S>((resolve, reject) => {
    socket.once(event, () => resolve(socket));
    // Also later errors: nobody waits for this socket then, and without a listener they would end the process.
    socket.on("error", reject);
    socket.once("close", () => reject(closed));
  });
  return within(opened, timeoutSeconds, late).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
}
