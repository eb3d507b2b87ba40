import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import mqttPacket from "mqtt-packet";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { acceptSocket } from "./accept-socket.ts";
import { Connections } from "./connections.ts";
import { createAedes } from "./create-aedes.ts";
import { resolveLimits } from "./embedded-broker-limits.ts";
import { Reporter } from "./reporter.ts";
import { StaleDecisions } from "./stale-decisions.ts";
import { allow, rights } from "./testing/open-test-broker.ts";
import { connectPacket } from "./testing/raw-peer.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** The broker without its listener, with one client on a stream instead of a socket. */
async function acceptOne(write: (done: () => void) => void) {
  const { aedes, context } = await createAedes({
    limits: resolveLimits(),
    nowMs: Date.now,
    connections: new Connections(),
    reporter: new Reporter(undefined, Date.now),
    staleDecisions: new StaleDecisions(),
    decideConnect: async () => allow("device", rights("#"), { expireAtSeconds: Date.now() / 1000 + 3_600 }),
    denyAction: "ignore",
    grantedFilters: new WeakSet(),
  });
  onTestFinished(() => new Promise((resolve) => aedes.close(resolve)));
  const writableHighWaterMark = 16 * 1024;
  const socket = new Duplex({ writableHighWaterMark, read() {}, write: (_chunk, _encoding, done) => write(done) });
  const timersBefore = vi.isFakeTimers() ? vi.getTimerCount() : 0;
  acceptSocket(aedes, context, { stream: socket, listener: "tcp", peerHost: "192.0.2.1" });
  const ready = new Promise((resolve) => aedes.once("clientReady", resolve));
  socket.push(mqttPacket.generate(connectPacket(5, { keepalive: 60 }), { protocolVersion: 5 }));
  await ready;
  return { aedes, context, socket, timersBefore };
}

it("leaves no timer behind", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { context, socket, timersBefore } = await acceptOne((done) => done());
  // Keep Alive, the expiry of the credential, and, as nobody noted the CONNACK here, the deadline for it.
  expect(vi.getTimerCount()).toBe(timersBefore + 3);
  socket.destroy();
  while (context.connections.open > 0) await nextTurn();
  await nextTurn();
  expect(vi.getTimerCount()).toBe(timersBefore);
});

it("reads a client only while it reads", async () => {
  let isHolding = false;
  const { aedes, socket } = await acceptOne((done) => {
    if (!isHolding) done();
  });
  isHolding = true;
  let worked = 0;
  aedes.on("unsubscribe", () => worked++);
  // Two answers are more than a stream takes before it asks to wait.
  const unsubscriptions = Array.from({ length: 10_000 }, () => "t");
  const packet = mqttPacket.generate({ cmd: "unsubscribe", messageId: 1, unsubscriptions }, { protocolVersion: 5 });
  for (let sent = 0; sent < 10; sent++) {
    socket.push(packet);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
  }
  expect(worked).toBe(2);
  socket.destroy();
});
