import type { AclRule } from "@connack/credentials";
import type { IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { versions } from "./testing/expect-working.ts";
import { allow, eventsOf, openTestBroker, rights } from "./testing/open-test-broker.ts";
import { connectPeer, deniedFilter, grantedTo, publishPacket, topicsBefore } from "./testing/peers.ts";
import type { RawPeer } from "./testing/raw-peer.ts";

/** The rights of each user name of these tests. */
const acls: Record<string, AclRule[]> = {
  device: rights("devices/device/#"),
  limited: [{ permission: "allow", action: "all", topic: "limited/#", qos: [0, 1] }],
  reader: rights("#", "$SYS/#", "$connack/#"),
  // First match wins: everything of the fleet but its keys.
  fleet: [{ permission: "deny", action: "subscribe", topic: "fleet/+/key" }, ...rights("fleet/#")],
};

const openBroker = (options: Parameters<typeof openTestBroker>[0] = {}) =>
  openTestBroker({ decideConnect: async ({ username }) => allow(username, acls[username]), ...options });

/** Everything the reader gets up to a message on `devices/device/end`, which the device sends now. */
function topicsUntilEnd(device: RawPeer, reader: RawPeer): Promise<string[]> {
  device.send(publishPacket("devices/device/end"));
  return topicsBefore(reader, "devices/device/end");
}

describe.each(versions)("publish, MQTT version %i", (version) => {
  it("drops what is not allowed, at every QoS, and keeps the connection", async () => {
    const server = await openBroker();
    const reader = await connectPeer(server, 4, "reader");
    await grantedTo(reader, "#", "$connack/#");
    const device = await connectPeer(server, version, "device");
    device.send(publishPacket("devices/other/up", 0, { retain: true }));
    device.send(publishPacket("devices/other/up", 1, { retain: true }));
    expect(await device.take("puback")).toMatchObject({
      messageId: 41,
      ...(version === 5 ? { reasonCode: 0x87 } : {}),
    });
    device.send(publishPacket("devices/other/up", 2, { retain: true }));
    const pubrec = await device.take("pubrec");
    expect(pubrec).toMatchObject({ messageId: 42, ...(version === 5 ? { reasonCode: 0x87 } : {}) });
    expect(pubrec).not.toHaveProperty("properties.reasonString");
    if (version !== 5) {
      device.send({ cmd: "pubrel", messageId: 42 });
      expect(await device.take("pubcomp")).toMatchObject({ messageId: 42 });
    }
    device.send(publishPacket("devices/device/up", 1));
    const puback = await device.take("puback");
    if (version === 5) expect(puback).toMatchObject({ reasonCode: 0 });
    expect(await topicsUntilEnd(device, reader)).toEqual(["devices/device/up"]);
    const denied = {
      topic: "devices/other/up",
      deviceId: "device",
      retain: true,
      will: false,
      protocolVersion: version,
    };
    expect(eventsOf(server, "publish_denied")).toMatchObject([0, 1, 2].map((qos) => ({ ...denied, qos })));
    expect(JSON.stringify(server.events)).not.toContain('"x"');
    // Nor was it retained.
    const later = await connectPeer(server, 4, "reader", { clientId: "later" });
    await grantedTo(later, "#", "$connack/#");
    expect(await topicsUntilEnd(device, later)).toEqual([]);
  });

  it("never takes a topic of the broker's own, whatever the rights", async () => {
    const server = await openBroker();
    const victim = await connectPeer(server, 4, "device", { clientId: "victim" });
    const reader = await connectPeer(server, 4, "reader");
    expect(await grantedTo(reader, "$SYS/+/new/clients")).toEqual([1]);
    const powerful = await connectPeer(server, version, "reader", { clientId: "powerful" });
    for (const topic of ["$SYS/x/new/clients", "$SYS/x/heartbeat", "$share/g/t", "$connack/nowhere"]) {
      powerful.send(publishPacket(topic, 1, { payload: "victim" }));
      expect(await powerful.take("puback")).toMatchObject(version === 5 ? { reasonCode: 0x87 } : {});
    }
    await victim.settle();
    await reader.settle();
    // What is there comes from the broker itself, under its own id.
    expect(reader.received.filter((packet) => (packet as IPublishPacket).topic.startsWith("$SYS/x/"))).toEqual([]);
    expect(server.broker.connections()).toBe(3);
  });
});

describe.each(versions)("subscribe, MQTT version %i", (version) => {
  const no = deniedFilter(version);

  it("answers each filter by the rights, and keeps the connection", async () => {
    const server = await openBroker();
    const device = await connectPeer(server, version, "device");
    expect(await grantedTo(device, "devices/other/#", "devices/device/#", "#", "$SYS/#")).toEqual([no, 1, no, no]);
    const reader = await connectPeer(server, 4, "reader");
    for (const topic of ["devices/other/up", "devices/device/up", "elsewhere"]) reader.send(publishPacket(topic, 0));
    expect(await topicsUntilEnd(reader, device)).toEqual(["devices/device/up"]);
    expect(eventsOf(server, "subscribe_denied").map(({ filter }) => filter)).toEqual([
      "devices/other/#",
      "#",
      "$SYS/#",
    ]);
  });

  it("refuses shared subscriptions and the broker's own names to everybody", async () => {
    const server = await openBroker();
    const reader = await connectPeer(server, version, "reader");
    expect(await grantedTo(reader, "$share/g/devices/#")).toEqual([version === 5 ? 0x9e : no]);
    expect(await grantedTo(reader, "$connack/#", "$queue/t", "$SYS/#")).toEqual([no, no, 1]);
  });

  it("denies what is no filter and aedes takes for one", async () => {
    const server = await openBroker();
    const reader = await connectPeer(server, version, "reader");
    expect(await grantedTo(reader, "a+", "+a", "a#", "+/#")).toEqual([no, no, no, 1]);
  });

  it("looks at the QoS where the rule does", async () => {
    const server = await openBroker();
    const limited = await connectPeer(server, version, "limited");
    limited.send({
      cmd: "subscribe",
      messageId: 7,
      subscriptions: ([0, 1, 2] as const).map((qos) => ({ topic: `limited/${qos}`, qos })),
    });
    expect(await limited.take("suback")).toMatchObject({ granted: [0, 1, no] });
    expect(eventsOf(server, "subscribe_denied")).toMatchObject([{ filter: "limited/2", qos: 2, byBroker: false }]);
    for (const [id, qos] of ([1, 2] as const).entries())
      limited.send(publishPacket("limited/1", qos, { messageId: id + 1 }));
    await limited.take("pubrec");
    expect(await limited.take("publish")).toMatchObject({ topic: "limited/1", qos: 1 });
    await limited.settle();
    expect(limited.received.filter(({ cmd }) => cmd === "publish")).toEqual([]);
  });

  it("checks every delivery: a filter may cover more than the rights", async () => {
    const server = await openBroker();
    const fleet = await connectPeer(server, version, "fleet");
    const reader = await connectPeer(server, 4, "reader");
    reader.send(publishPacket("fleet/a/key", 1, { retain: true }));
    reader.send(publishPacket("fleet/a/name", 1, { retain: true }));
    await reader.settle();
    expect(await grantedTo(fleet, "fleet/#")).toEqual([1]);
    expect(await fleet.take("publish")).toMatchObject({ topic: "fleet/a/name", retain: true });
    for (const topic of ["fleet/b/key", "fleet/b/name"]) reader.send(publishPacket(topic, 1));
    expect(await fleet.take("publish")).toMatchObject({ topic: "fleet/b/name" });
    await fleet.settle();
    expect(fleet.received).toEqual([]);
  });

  it("grants so many filters and no more", async () => {
    const server = await openBroker({ limits: { maxSubscriptionsPerClient: 3 } });
    const device = await connectPeer(server, version, "device", { clean: version === 5 });
    const filters = ["a", "b", "c", "d"].map((name) => `devices/device/${name}`);
    expect(await grantedTo(device, ...filters)).toEqual([1, 1, 1, no]);
    expect(await grantedTo(device, "devices/device/e")).toEqual([no]);
    expect(await grantedTo(device, "devices/device/a")).toEqual([1]);
    device.send({ cmd: "unsubscribe", messageId: 9, unsubscriptions: ["devices/device/a"] });
    await device.take("unsuback");
    expect(await grantedTo(device, "devices/device/e")).toEqual([1]);
    expect(server.broker.counters()).toMatchObject({ "guard.too_many_subscriptions": 2 });
  });
});

describe("events about what is denied", () => {
  it("are limited for each connection; all are counted", async () => {
    const server = await openBroker({ limits: { deniedEventsPerMinute: 3 }, nowMs: () => 1_000 });
    const device = await connectPeer(server, 4, "device");
    for (let count = 0; count < 5; count++) device.send(publishPacket(`other\u0007${"x".repeat(300)}`, 0));
    await device.settle();
    const denied = eventsOf(server, "publish_denied");
    expect(denied).toHaveLength(3);
    expect(denied[0]?.topic).toBe(`other\ufffd${"x".repeat(249)}…`);
    expect(server.broker.counters()).toMatchObject({ publish_denied: 5 });
  });
});
