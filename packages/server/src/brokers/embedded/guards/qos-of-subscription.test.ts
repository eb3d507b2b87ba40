import type { IPublishPacket, ISubackPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { openPermissiveBroker, publish, versions } from "../testing/expect-working.ts";
import { type TestBroker, until } from "../testing/open-test-broker.ts";
import { RawPeer } from "../testing/raw-peer.ts";

type Qos = 0 | 1 | 2;
const allQos: Qos[] = [0, 1, 2];

async function publishOnce(server: TestBroker, qos: Qos, retain = false): Promise<void> {
  const { peer } = await RawPeer.connect(server.port, 4, { clientId: "writer" });
  peer.send(publish("t/1", { qos, retain, ...(qos > 0 ? { messageId: 1 } : {}) }));
  if (qos > 0) await peer.take(qos === 1 ? "puback" : "pubrec");
  await peer.settle();
  peer.socket.destroy();
}

const qosOfNext = async (peer: RawPeer) => ((await peer.take("publish")) as IPublishPacket).qos;

describe.each(versions)("MQTT version %i", (version) => {
  describe.each(["t/1", "t/+", "#"])("a message to a filter %s has the lower QoS of both", (topic) => {
    const cases = allQos.flatMap((granted) => allQos.map((published) => [granted, published] as const));

    it.each(cases)("granted %i, published %i: live, retained and queued", async (granted, published) => {
      const server = await openPermissiveBroker();
      const session = { clean: false, ...(version === 5 ? { properties: { sessionExpiryInterval: 60 } } : {}) };
      const lower = Math.min(granted, published);
      const open = async (more: object) => {
        const { peer } = await RawPeer.connect(server.port, version, more);
        peer.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: granted }] });
        expect(((await peer.take("suback")) as ISubackPacket).granted).toEqual([granted]);
        return peer;
      };
      const clean = await open({ clientId: "clean" });
      const kept = await open({ clientId: "kept", ...session });
      await publishOnce(server, published, true);
      expect(await qosOfNext(clean)).toBe(lower);
      expect(await qosOfNext(kept)).toBe(lower);
      const later = await open({ clientId: "later" });
      expect(await qosOfNext(later)).toBe(lower);
      if (lower === 0) return;
      kept.socket.destroy();
      await until("one gone", () => server.broker.connections() === 2);
      await publishOnce(server, published);
      const { peer: back } = await RawPeer.connect(server.port, version, { clientId: "kept", ...session });
      expect([await qosOfNext(back), await qosOfNext(back)]).toEqual([lower, lower]);
    });
  });

  it("a subscription that was changed, and one that was ended, count as they are now", async () => {
    const server = await openPermissiveBroker();
    const { peer } = await RawPeer.connect(server.port, version);
    for (const qos of [2, 0, 1] as const) {
      peer.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos }] });
      await peer.take("suback");
      await publishOnce(server, 2);
      expect(await qosOfNext(peer)).toBe(qos);
    }
    peer.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["#"] });
    await peer.take("unsuback");
    await publishOnce(server, 2);
    await peer.settle();
    expect(peer.received).toEqual([]);
  });
});
