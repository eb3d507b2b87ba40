import mqttPacket, { type IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { expectWorking, openPermissiveBroker as openBroker, publish, subscribe } from "./testing/expect-working.ts";
import { type TestBroker, untilEvents } from "./testing/open-test-broker.ts";
import { connectPacket, RawPeer } from "./testing/raw-peer.ts";

const wholeConnect = mqttPacket.generate(connectPacket(4));

describe("peers that do not go on", () => {
  it.each([
    ["no CONNECT", ""],
    ["half a CONNECT", wholeConnect.subarray(0, 12)],
    ["half a header", Buffer.from([0x10])],
  ])("%s: closed after the time for it", async (_, bytes) => {
    const server = await openBroker({ limits: { connectTimeoutMs: 1_000, decideTimeoutMs: 60_000 } });
    const peer = await RawPeer.open(server.port);
    peer.socket.write(bytes);
    await peer.closed;
    expect(server.broker.counters()).toMatchObject({ "guard.connect_timeout": 1 });
    await expectWorking(server);
  });

  /** A subscriber that does not read, and for which more waits than the kernel holds. */
  async function openLazyReader(server: TestBroker, waiting: IPublishPacket, count: number): Promise<void> {
    const { peer: lazy } = await RawPeer.connect(server.port, 4, { clientId: "lazy" });
    lazy.send(subscribe("flood"));
    await lazy.take("suback");
    lazy.socket.pause();
    const { peer: flood } = await RawPeer.connect(server.port, 4, { clientId: "flood" });
    const bytes = flood.bytes(waiting);
    for (let sent = 0; sent < count; sent++) flood.socket.write(bytes);
    await flood.settle();
  }
  const big = publish("flood", { payload: Buffer.alloc(200_000) });
  const unlimited = { maxUnreadBytes: 2 ** 31 - 1, maxUnreadMessages: 2 ** 31 - 1, drainTimeoutMs: 2 ** 31 - 1 };

  it("one that does not read stops nobody else", async () => {
    const server = await openBroker({ limits: unlimited });
    await openLazyReader(server, big, 150);
    // More messages to it than aedes by default works on at once.
    for (const clientId of ["a", "b", "c"]) {
      const { peer } = await RawPeer.connect(server.port, 4, { clientId });
      peer.send(...Array.from({ length: 60 }, () => publish("flood")));
    }
    await expectWorking(server, 5);
  });

  it.each([
    ["after a while", { drainTimeoutMs: 200 }, big, 150],
    ["when too many bytes wait for it", { maxUnreadBytes: 1_000_000 }, big, 150],
    ["when too many messages wait for it", { maxUnreadMessages: 50 }, big, 150],
  ] as const)("one that does not read is cut %s", async (_, limit, message, count) => {
    const server = await openBroker({ limits: { ...unlimited, ...limit } });
    await openLazyReader(server, message, count);
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ clientId: "lazy", reason: "too_slow" }]);
    expect(server.broker.counters()).toMatchObject({ "guard.too_slow": 1 });
    await expectWorking(server, 1);
  });

  it("one that is silent beyond its Keep Alive is cut", async () => {
    const server = await openBroker();
    const { peer } = await RawPeer.connect(server.port, 5, { keepalive: 1 });
    await peer.closed;
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "keep_alive_timeout" }]);
  });
});
