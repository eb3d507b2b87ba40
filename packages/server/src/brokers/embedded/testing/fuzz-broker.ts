import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { IPublishPacket } from "mqtt-packet";
import { expect } from "vitest";
import { versions } from "./expect-working.ts";
import { fuzzConnect, fuzzPackets } from "./fuzz-packets.ts";
import { mutate, type Numbers, numbersFrom } from "./mutate.ts";
import { RawPeer, type Version } from "./raw-peer.ts";
import type { BrokerProgram, BrokerState } from "./start-broker-program.ts";

export interface FuzzReport {
  connections: number;
  /** Messages that the legitimate publisher has sent and the legitimate subscriber has got. */
  messages: number;
  before: BrokerState;
  after: BrokerState;
}

/** Connections at a time; how long one waits to be answered, and then goes on. */
const parallel = 25;
const patienceMs = 500;
const openMs = 20;

/**
 * Attacks the broker with random bytes and changed packets of all versions, over many connections, while a legitimate
 * publisher sends QoS 1 messages to a legitimate subscriber. Fails if the process ends, if a message that was
 * acknowledged does not arrive, or if one of the two is not served within ten seconds. What connection n sends depends
 * on the seed and n alone.
 */
export async function fuzzBroker(broker: BrokerProgram, seconds: number, seed: number): Promise<FuzzReport> {
  const legitimate = await startLegitimate(broker.port);
  const before = await broker.state();
  const end = performance.now() + seconds * 1_000;
  let connections = 0;
  const attack = async () => {
    while (performance.now() < end && broker.isAlive()) {
      const number = connections++;
      await attackOnce(broker.port, numbersFrom(Math.imul(seed + number, 0x9e3779b1)), versions[number % 3] as Version);
    }
  };
  await Promise.all(Array.from({ length: parallel }, attack));
  expect({ isAlive: broker.isAlive(), errors: broker.errors() }).toEqual({ isAlive: true, errors: "" });
  const messages = await legitimate.stop();
  // What the last ones left behind: wills that are due, sockets that are closing.
  await sleep(1_000);
  return { connections, messages, before, after: await broker.state() };
}

function attackOnce(port: number, next: Numbers, version: Version): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let timer = setTimeout(() => socket.destroy(), patienceMs);
    // A broker that cuts us off may do so with a reset.
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    const { first, rest } = attackBytes(next, version);
    const isReader = next(4) > 0;
    const waits = next(4) > 0;
    const send = (bytes: Buffer) => {
      // In two segments at times: the parser has to go on where it was.
      const cut = next(3) === 0 ? next(bytes.length + 1) : bytes.length;
      socket.write(bytes.subarray(0, cut));
      if (cut < bytes.length) setTimeout(() => socket.write(bytes.subarray(cut)), 3);
    };
    send(waits ? first : Buffer.concat([first, rest]));
    // Let in, or not.
    socket.once("data", () => {
      if (!isReader) socket.pause();
      if (waits) send(rest);
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), openMs);
    });
  });
}

function attackBytes(next: Numbers, version: Version): { first: Buffer; rest: Buffer } {
  const randomBytes = () => Buffer.from(Array.from({ length: 1 + next(200) }, () => next(256)));
  const kind = next(16);
  const hello = fuzzConnect(version, next);
  if (kind === 0) return { first: randomBytes(), rest: randomBytes() };
  if (kind === 1) return { first: mutate(hello, next), rest: randomBytes() };
  if (kind === 2) return { first: hello, rest: randomBytes() };
  // The rarer the changes, the further each connection gets.
  const rarity = 2 ** next(6);
  const packets = fuzzPackets(version, next).map((bytes) => (next(rarity) === 0 ? mutate(bytes, next) : bytes));
  // In any order, some of them twice.
  const rest = Buffer.concat(packets.map(() => packets[next(packets.length)] as Buffer));
  return { first: next(20) === 0 ? mutate(hello, next) : hello, rest };
}

async function startLegitimate(port: number): Promise<{ stop(): Promise<number> }> {
  const { peer: reader } = await RawPeer.connect(port, 5, { clientId: "reader", username: "legitimate" });
  reader.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "legitimate", qos: 1 }] });
  await reader.take("suback");
  const { peer: writer } = await RawPeer.connect(port, 4, { clientId: "writer", username: "legitimate" });
  const arrived = new Set<string>();
  reader.socket.on("data", () => {
    for (const packet of reader.received.splice(0)) {
      if (packet.cmd !== "publish") continue;
      arrived.add(String(packet.payload));
      if (packet.qos > 0) reader.send({ cmd: "puback", messageId: (packet as IPublishPacket).messageId as number });
    }
  });
  let isStopped = false;
  const sending = (async () => {
    let sent = 0;
    while (!isStopped) {
      const messageId = (sent % 65_535) + 1;
      const payload = `legitimate ${++sent}`;
      writer.send({ cmd: "publish", topic: "legitimate", payload, qos: 1, dup: false, retain: false, messageId });
      expect(await writer.take("puback")).toMatchObject({ messageId });
      await sleep(1);
    }
    return sent;
  })();
  // Told of by `stop`.
  sending.catch(() => {});
  return {
    stop: async () => {
      isStopped = true;
      const sent = await sending;
      for (const end = performance.now() + 10_000; arrived.size < sent && performance.now() < end; ) await sleep(10);
      const lost = Array.from({ length: sent }, (_, index) => `legitimate ${index + 1}`).filter(
        (it) => !arrived.has(it),
      );
      expect({ lost, isClosed: reader.isClosed }).toEqual({ lost: [], isClosed: false });
      return sent;
    },
  };
}
