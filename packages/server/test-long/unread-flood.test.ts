import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { IPublishPacket } from "mqtt-packet";
import { expect, it, onTestFinished } from "vitest";
import { publish, subscribe } from "../src/brokers/embedded/testing/expect-working.ts";
import { RawPeer } from "../src/brokers/embedded/testing/raw-peer.ts";
import { startBrokerProgram } from "../src/brokers/embedded/testing/start-broker-program.ts";

const idle = 5_000;
const publishers = 200;
const perSecond = 10;
const seconds = 20;
const mostMs = 250;

it(`${idle} idle clients, ${publishers} publishers to one that does not read: the others' p99 is under ${mostMs} ms`, async () => {
  const broker = await startBrokerProgram("build");
  const { peer: reader } = await RawPeer.connect(broker.port, 5, { clientId: "reader" });
  reader.send(subscribe("tick"));
  await reader.take("suback");
  const { peer: writer } = await RawPeer.connect(broker.port, 5, { clientId: "writer" });

  for (const { socket } of [reader, writer]) socket.setNoDelay();

  const sentAt: number[] = [];
  const waited: number[] = [];
  reader.socket.on("data", () => {
    for (const packet of reader.received.splice(0)) {
      if (packet.cmd !== "publish") continue;
      waited.push(performance.now() - (sentAt[Number(packet.payload)] ?? Number.NaN));
      if (packet.qos > 0) reader.send({ cmd: "puback", messageId: (packet as IPublishPacket).messageId as number });
    }
  });
  const measure = async (): Promise<string> => {
    sentAt.length = 0;
    waited.length = 0;
    for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(10)) {
      const qos = sentAt.length % 2 === 0 ? 1 : 0;
      const payload = String(sentAt.push(performance.now()) - 1);
      writer.send(publish("tick", { qos, payload, ...(qos === 1 ? { messageId: (sentAt.length % 65_535) + 1 } : {}) }));
      writer.received.length = 0;
    }
    for (let times = 0; waited.length < sentAt.length && times < 500; times++) await sleep(10);
    const sorted = waited.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    process.stdout.write(
      `${sentAt.length} sent, ${waited.length} delivered, p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, max ${at(1).toFixed(1)} ms\n`,
    );
    expect(waited).toHaveLength(sentAt.length);
    return at(0.99).toFixed(1);
  };

  await measure();
  const flood = spawn(
    process.execPath,
    ["--import", "tsx", "flood-program.ts", ...[broker.port, idle, publishers, perSecond].map(String)],
    { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise<void>((resolve) => flood.once("close", () => resolve()));
  onTestFinished(async () => {
    flood.kill("SIGKILL");
    await ended;
  });
  await new Promise((resolve, reject) => {
    flood.stdout.once("data", resolve);
    flood.once("close", () => reject(new Error("the flood has ended")));
  });
  const before = await broker.state();
  const p99 = Number(await measure());
  const after = await broker.state();
  process.stdout.write(
    `broker: ${after.connections} connections, rss ${(after.rss / 1e6).toFixed(0)} MB, ${((100 * (after.cpuSeconds - before.cpuSeconds)) / seconds).toFixed(0)} % of a core; ${JSON.stringify(after.counters)}\n`,
  );
  expect(after.connections).toBeGreaterThanOrEqual(idle + publishers + 2);
  // The one that does not read was held to its limits all the time.
  const { "guard.too_slow": cut = 0, "guard.queue_full": full = 0 } = after.counters;
  expect(cut + full).toBeGreaterThan(0);
  expect(p99).toBeLessThan(mostMs);
});
