import { describe, expect, it } from "vitest";
import { expectWorking, openPermissiveBroker, subscribe, versions } from "../testing/expect-working.ts";
import { untilEvents } from "../testing/open-test-broker.ts";
import { RawPeer } from "../testing/raw-peer.ts";

describe.each(versions)("a client of MQTT version %i that is silent beyond its Keep Alive", (version) => {
  it("is told so if it can be, is gone, and its will is published", async () => {
    const server = await openPermissiveBroker();
    const { peer: reader } = await RawPeer.connect(server.port, 4, { clientId: "reader" });
    reader.send(subscribe("will"));
    await reader.take("suback");
    const { peer } = await RawPeer.connect(server.port, version, {
      keepalive: 1,
      will: { topic: "will", payload: Buffer.from("gone"), qos: 0, retain: false },
    });
    await peer.closed;
    const expected = version === 5 ? [{ cmd: "disconnect", reasonCode: 0x8d }] : [];
    expect(peer.received).toMatchObject(expected);
    expect(peer.received).toHaveLength(expected.length);
    expect(await reader.take("publish")).toMatchObject({ topic: "will" });
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "keep_alive_timeout" }]);
    await expectWorking(server, 1);
  });

  it("and does not read what we send is cut all the same", async () => {
    const server = await openPermissiveBroker();
    const { peer } = await RawPeer.connect(server.port, version, { keepalive: 1 });
    peer.socket.pause();
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "keep_alive_timeout" }]);
    await expectWorking(server);
  });
});
