import type { IPublishPacket } from "mqtt-packet";
import { expect, it } from "vitest";
import { publish, subscribe } from "../src/brokers/embedded/testing/expect-working.ts";
import { until } from "../src/brokers/embedded/testing/open-test-broker.ts";
import { RawPeer } from "../src/brokers/embedded/testing/raw-peer.ts";
import { startBrokerProgram } from "../src/brokers/embedded/testing/start-broker-program.ts";

const mostRssBytes = 300e6;
const messages = 150_000;
/** `maxQueuedMessages` for each, `maxQueuedBytes` for all, with what a message is counted beside its payload and topic. */
const mostOfOne = 1_000;
const mostBytes = 64 * 1024 * 1024;
const overheadBytes = 400;

it.each([
  ["one that is away", 1, 100],
  ["150 that are away", 150, 100],
  ["15 000 that are away", 15_000, 10],
  ["1 500 that are away, of 1 kB", 1_500, 1_000],
] as const)(`${messages} QoS 1 messages for %s: bounded, counted, under 300 MB`, async (_, clients, payloadBytes) => {
  const maxOfflineSessions = Math.max(clients, 10_000);
  const broker = await startBrokerProgram("build", { maxOfflineSessions });
  for (let first = 0; first < clients; first += 50) {
    const some = Array.from({ length: Math.min(50, clients - first) }, (_, index) => first + index);
    await Promise.all(some.map((index) => leaveSession(broker.port, index)));
  }
  const before = await broker.state();
  const { peer: writer } = await RawPeer.connect(broker.port, 4, { clientId: "writer" });
  const payload = Buffer.alloc(payloadBytes, "x");
  const atOnce = 500;
  for (let sent = 0; sent < messages; sent += atOnce) {
    const packets = Array.from({ length: atOnce }, (_, index) =>
      publish(`away/${(sent + index) % clients}`, { payload, qos: 1, messageId: index + 1 }),
    );
    writer.send(...packets);
    for (const _ of packets) await writer.take("puback");
  }
  const { rss, heapUsed, counters } = await broker.state();
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const dropped = counters["guard.queue_full"] ?? 0;
  process.stdout.write(
    `${clients} clients, ${payloadBytes} bytes each: ${messages - dropped} kept, ${dropped} dropped; rss ${megabytes(before.rss)} -> ${megabytes(rss)}, heap ${megabytes(heapUsed)}\n`,
  );
  expect(rss).toBeLessThan(mostRssBytes);
  const kept = Math.min(clients * mostOfOne, Math.floor(mostBytes / (payloadBytes + "away/1".length + overheadBytes)));
  expect(messages - dropped).toBeLessThanOrEqual(Math.min(messages, kept));
  expect(messages - dropped).toBeGreaterThan(Math.min(messages, kept) * 0.95);
  await expectFirstMessages(broker.port, Math.min(mostOfOne, Math.floor(((messages - dropped) / clients) * 0.9)));

  // Somebody who is there misses nothing, however full it is.
  const { peer: reader } = await RawPeer.connect(broker.port, 4, { clientId: "reader", clean: false });
  reader.send(subscribe("there"));
  await reader.take("suback");
  for (let messageId = 1; messageId <= 100; messageId++) {
    writer.send(publish("there", { qos: 1, messageId }));
    await writer.take("puback");
  }
  for (let received = 0; received < 100; received++) await reader.take("publish");
});

/** A persistent session with a subscription of its own, whose client has gone. */
async function leaveSession(port: number, index: number): Promise<void> {
  const { peer } = await RawPeer.connect(port, 4, { clientId: `away-${index}`, clean: false });
  peer.send(subscribe(`away/${index}`));
  await peer.take("suback");
  peer.send({ cmd: "disconnect" });
  await peer.closed;
}

/** The oldest messages are the ones that were kept. */
async function expectFirstMessages(port: number, count: number): Promise<void> {
  const { peer, connack } = await RawPeer.connect(port, 4, { clientId: "away-0", clean: false });
  expect(connack.sessionPresent).toBe(true);
  await until("what waited", () => peer.received.length >= count);
  for (const packet of peer.received) {
    const { messageId } = packet as IPublishPacket;
    expect(packet).toMatchObject({ cmd: "publish", topic: "away/0", qos: 1 });
    peer.send({ cmd: "puback", messageId: messageId as number });
  }
  peer.socket.destroy();
}
