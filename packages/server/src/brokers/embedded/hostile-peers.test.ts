import mqttPacket from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { expectWorking, openPermissiveBroker as openBroker, publish, subscribe } from "./testing/expect-working.ts";
import { type TestBroker, until, untilEvents } from "./testing/open-test-broker.ts";
import { connectPacket, RawPeer } from "./testing/raw-peer.ts";

const wholeConnect = mqttPacket.generate(connectPacket(4));

describe("peers that do not go on", () => {
  it.each([
    ["no CONNECT", ""],
    ["half a CONNECT", wholeConnect.subarray(0, 12)],
    ["half a header", Buffer.from([0x10])],
  ])("%s: closed after the time for it", async (_, bytes) => {
    const server = await openBroker({ limits: { connectTimeoutMs: 100 } });
    const peer = await RawPeer.open(server.port);
    peer.socket.write(bytes);
    await peer.closed;
    expect(server.broker.counters()).toMatchObject({ "guard.connect_timeout": 1 });
    await expectWorking(server);
  });

  /** A subscriber that does not read, and a publisher that has filled what the kernel and the broker hold for it. */
  async function openLazyReader(server: TestBroker): Promise<void> {
    const { peer: lazy } = await RawPeer.connect(server.port, 4, { clientId: "lazy" });
    lazy.send(subscribe("flood"));
    await lazy.take("suback");
    lazy.socket.pause();
    const { peer: flood } = await RawPeer.connect(server.port, 4, { clientId: "flood" });
    const big = flood.bytes(publish("flood", { payload: Buffer.alloc(200_000) }));
    let waiting = 0;
    for (let count = 0; count < 400; count++) {
      flood.socket.write(big);
      await new Promise((resolve) => setTimeout(resolve, 5));
      // Twenty more messages, and the kernel has taken none of them: nobody reads.
      if (count % 20 !== 19) continue;
      if (waiting > 0 && flood.socket.writableLength === waiting + 20 * big.length) return;
      waiting = flood.socket.writableLength;
    }
    throw new Error("no standstill");
  }

  it("one that does not read stops nobody else", async () => {
    const server = await openBroker({ limits: { drainTimeoutMs: 60_000 } });
    await openLazyReader(server);
    // More messages to it than aedes by default works on at once.
    for (const clientId of ["a", "b", "c"]) {
      const { peer } = await RawPeer.connect(server.port, 4, { clientId });
      peer.send(...Array.from({ length: 60 }, () => publish("flood")));
    }
    await expectWorking(server, 5);
  });

  it("one that does not read is cut after a while", async () => {
    const server = await openBroker({ limits: { drainTimeoutMs: 200 } });
    await openLazyReader(server);
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ clientId: "lazy", reason: "too_slow" }]);
    await expectWorking(server, 1);
  });

  it("one that is silent beyond its Keep Alive is cut", async () => {
    const server = await openBroker();
    const { peer } = await RawPeer.connect(server.port, 5, { keepalive: 1 });
    await peer.closed;
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "keep_alive_timeout" }]);
  });
});
