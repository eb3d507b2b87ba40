import type { IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import {
  expectWorking,
  openPermissiveBroker as openBroker,
  publish,
  subscribe,
  versions,
} from "./testing/expect-working.ts";
import { until, untilEvents } from "./testing/open-test-broker.ts";
import { connectPacket, RawPeer } from "./testing/raw-peer.ts";

describe("what is too much", () => {
  const tooLarge = (first: number, length: number) =>
    Buffer.from([
      first,
      0x80 | (length & 0x7f),
      0x80 | ((length >> 7) & 0x7f),
      0x80 | ((length >> 14) & 0x7f),
      length >> 21,
    ]);

  it.each(versions)("a packet of 30 MB, MQTT version %i: cut at its header", async (version) => {
    const server = await openBroker();
    const { peer } = await RawPeer.connect(server.port, version);
    peer.socket.write(tooLarge(0x30, 30_000_000));
    if (version === 5) expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x95 });
    await peer.closed;
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "packet_too_large" }]);
    expect(server.broker.counters()).toMatchObject({ "guard.packet_too_large": 1 });
    await expectWorking(server);
  });

  it("a CONNECT larger than it may be: cut at its header, or when it came in one piece", async () => {
    const server = await openBroker();
    const stranger = await RawPeer.open(server.port);
    stranger.socket.write(tooLarge(0x10, 33_000));
    await stranger.closed;
    const other = await RawPeer.open(server.port);
    other.send(connectPacket(4, { will: { topic: "t", payload: Buffer.alloc(40_000), qos: 0, retain: false } }));
    await other.closed;
    expect(server.requests).toEqual([]);
    expect(server.broker.counters()).toMatchObject({ "guard.malformed_packet": 2 });
    const { peer } = await RawPeer.connect(server.port, 4, {
      will: { topic: "t", payload: Buffer.alloc(20_000), qos: 0, retain: false },
    });
    peer.send(publish("t", { payload: Buffer.alloc(200_000) }));
    await peer.settle();
  });

  it("connections: the next one is closed at once", async () => {
    const server = await openBroker({ limits: { maxConnections: 2, connectTimeoutMs: 60_000 } });
    const [first] = await Promise.all([RawPeer.open(server.port), RawPeer.connect(server.port, 4)]);
    const third = await RawPeer.open(server.port);
    await third.closed;
    expect(server.broker.counters()).toMatchObject({ "guard.too_many_connections": 1 });
    first.socket.destroy();
    await first.closed;
    await until("room", () => server.broker.connections() === 1);
    await expectWorking(server, 1);
  });

  it("retained messages: delivered, but not kept", async () => {
    const server = await openBroker({ limits: { maxRetainedMessages: 2 } });
    const { peer } = await RawPeer.connect(server.port, 4);
    peer.send(subscribe("r/#"));
    for (const topic of ["r/1", "r/2", "r/3"]) peer.send(publish(topic, { retain: true }));
    for (const topic of ["r/1", "r/2", "r/3"]) expect(await peer.take("publish")).toMatchObject({ topic });
    const { peer: later } = await RawPeer.connect(server.port, 4, { clientId: "later" });
    later.send(subscribe("r/#"), publish("r/end"));
    await until("the end", () => later.received.some((packet) => (packet as IPublishPacket).topic === "r/end"));
    expect(server.broker.counters()).toMatchObject({ "guard.retained_full": 1 });
    await until("both", () => later.received.filter(({ cmd }) => cmd === "publish").length === 3);
  });
});
