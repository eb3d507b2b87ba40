import type { ISubackPacket, ISubscription } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { expectWorking, openPermissiveBroker, publish, versions } from "../testing/expect-working.ts";
import { allow, rights, type TestBroker, until } from "../testing/open-test-broker.ts";
import { RawPeer, type Version } from "../testing/raw-peer.ts";
import { answerEveryFilter } from "./answer-every-filter.ts";
import { MalformedPacket } from "./inspect-packet.ts";

const openBroker = () =>
  openPermissiveBroker({
    decideConnect: async ({ username }) => allow(username, rights("7/#", "3", "a", "__proto__")),
  });

async function subscribe(server: TestBroker, version: Version, clean: boolean, ...wanted: [string, 0 | 1 | 2][]) {
  const { peer } = await RawPeer.connect(server.port, version, {
    clean,
    ...(version === 5 ? { properties: { sessionExpiryInterval: clean ? 0 : 60 } } : {}),
  });
  const subscriptions: ISubscription[] = wanted.map(([topic, qos]) => ({ topic, qos }));
  peer.send({ cmd: "subscribe", messageId: 7, subscriptions });
  return { peer, granted: ((await peer.take("suback")) as ISubackPacket).granted };
}

describe.each(versions)("a SUBACK of MQTT version %i", (version) => {
  const no = version === 5 ? 0x87 : 0x80;

  it.each([true, false])(
    "has the codes in the order of the filters [MQTT-3.9.3-1], clean session: %s",
    async (clean) => {
      const server = await openBroker();
      const { granted } = await subscribe(server, version, clean, ["a", 2], ["7", 1], ["x", 1], ["3", 0], ["0", 1]);
      expect(granted).toEqual([2, 1, no, 0, no]);
    },
  );

  it.each([true, false])("has one for each of equal filters; the last one counts, clean session: %s", async (clean) => {
    const server = await openBroker();
    const wanted = [["a", 0] as const, ["x", 1] as const, ["a", 2] as const, ["x", 0] as const, ["a", 1] as const];
    const { peer, granted } = await subscribe(server, version, clean, ...wanted.map(([t, q]) => [t, q] as [string, 0]));
    expect(granted).toEqual([0, no, 2, no, 1]);
    const { peer: writer } = await RawPeer.connect(server.port, version, { clientId: "writer" });
    writer.send(publish("a", { qos: 2, messageId: 1 }));
    await writer.take("pubrec");
    expect(await peer.take("publish")).toMatchObject({ topic: "a", qos: 1 });
    if (clean) return;
    peer.socket.destroy();
    await until("one left", () => server.broker.connections() === 1);
    writer.send(publish("a", { qos: 2, messageId: 2 }));
    await writer.take("pubrec");
    const { peer: back } = await RawPeer.connect(server.port, version, { clean });
    expect(await back.take("publish")).toMatchObject({ dup: true, qos: 1 });
    expect(await back.take("publish")).toMatchObject({ dup: false, qos: 1 });
  });

  it.each([true, false])("has a denial for __proto__, in its place; clean session: %s", async (clean) => {
    const server = await openBroker();
    for (const others of [[], [["a", 0] as [string, 0], ["x", 0] as [string, 0]]]) {
      const { peer, granted } = await subscribe(server, version, clean, ...others, ["__proto__", 1]);
      expect(granted).toEqual([...(others.length > 0 ? [0, no] : []), no]);
      peer.socket.destroy();
      await until("everybody gone", () => server.broker.connections() === 0);
    }
    await subscribe(server, version, clean, ["7/1", 1]);
  });

  it("does not come for more filters than anybody needs: the client is ended", async () => {
    const server = await openPermissiveBroker();
    const wanted = Array.from({ length: 1_001 }, (): [string, 0] => ["a", 0]);
    await expect(subscribe(server, version, false, ...wanted)).rejects.toThrow("closed without suback");
    expect(server.broker.counters()).toMatchObject({ "guard.malformed_packet": 1 });
    const { granted, peer } = await subscribe(server, version, false, ...wanted.slice(1));
    expect(granted).toHaveLength(1_000);
    peer.socket.destroy();
    await expectWorking(server);
  });
});

it("leaves other packets as they are", () => {
  const packet = { cmd: "publish", topic: "t" };
  answerEveryFilter(packet);
  expect(packet).toEqual({ cmd: "publish", topic: "t" });
  const many = { cmd: "subscribe", subscriptions: Array.from({ length: 1_001 }) };
  expect(() => answerEveryFilter(many)).toThrow(MalformedPacket);
});
