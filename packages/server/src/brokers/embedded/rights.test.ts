import type { AclRule } from "@connack/credentials";
import type { IConnectPacket, IPublishPacket, ISubackPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { allow, eventsOf, openTestBroker, rights, type TestBroker, until } from "./testing/open-test-broker.ts";
import { codeOf, RawPeer, type Version } from "./testing/raw-peer.ts";

const versions = [3, 4, 5] as const satisfies Version[];

/** The rights of each user name of these tests. */
const acls: Record<string, AclRule[]> = {
  device: rights("devices/device/#"),
  reader: rights("#", "$SYS/#", "$connack/#"),
  // First match wins: everything of the fleet but its keys.
  fleet: [{ permission: "deny", action: "subscribe", topic: "fleet/+/key" }, ...rights("fleet/#")],
};

const openBroker = (options: Parameters<typeof openTestBroker>[0] = {}) =>
  openTestBroker({ decideConnect: async ({ username }) => allow(username, acls[username]), ...options });

async function connect(server: TestBroker, version: Version, username: string, options: Partial<IConnectPacket> = {}) {
  const { peer, connack } = await RawPeer.connect(server.port, version, {
    clientId: `${username}-id`,
    username,
    ...options,
  });
  expect(codeOf(connack)).toBe(0);
  return peer;
}

async function subscribe(peer: RawPeer, ...filters: string[]): Promise<unknown[]> {
  peer.send({ cmd: "subscribe", messageId: 7, subscriptions: filters.map((topic) => ({ topic, qos: 1 })) });
  return [...((await peer.take("suback")) as ISubackPacket).granted];
}

const publish = (topic: string, qos: 0 | 1 | 2, more: Partial<IPublishPacket> = {}): IPublishPacket => ({
  cmd: "publish",
  topic,
  payload: "x",
  qos,
  dup: false,
  retain: false,
  ...(qos === 0 ? {} : { messageId: 40 + qos }),
  ...more,
});

/** Everything the reader gets up to a message on `devices/device/end`, which the device sends now. */
async function topicsUntilEnd(device: RawPeer, reader: RawPeer): Promise<string[]> {
  device.send(publish("devices/device/end", 0));
  const topics: string[] = [];
  for (;;) {
    const { topic } = (await reader.take("publish")) as IPublishPacket;
    if (topic === "devices/device/end") return topics;
    topics.push(topic);
  }
}

describe.each(versions)("publish, MQTT version %i", (version) => {
  it("drops what is not allowed, at every QoS, and keeps the connection", async () => {
    const server = await openBroker();
    const reader = await connect(server, 4, "reader");
    await subscribe(reader, "#", "$connack/#");
    const device = await connect(server, version, "device");
    device.send(publish("devices/other/up", 0, { retain: true }));
    device.send(publish("devices/other/up", 1, { retain: true }));
    expect(await device.take("puback")).toMatchObject({
      messageId: 41,
      ...(version === 5 ? { reasonCode: 0x87 } : {}),
    });
    device.send(publish("devices/other/up", 2, { retain: true }));
    const pubrec = await device.take("pubrec");
    expect(pubrec).toMatchObject({ messageId: 42, ...(version === 5 ? { reasonCode: 0x87 } : {}) });
    expect(pubrec).not.toHaveProperty("properties.reasonString");
    if (version !== 5) {
      device.send({ cmd: "pubrel", messageId: 42 });
      expect(await device.take("pubcomp")).toMatchObject({ messageId: 42 });
    }
    device.send(publish("devices/device/up", 1));
    const puback = await device.take("puback");
    if (version === 5) expect(puback).toMatchObject({ reasonCode: 0 });
    expect(await topicsUntilEnd(device, reader)).toEqual(["devices/device/up"]);
    const denied = { topic: "devices/other/up", deviceId: "device", will: false, protocolVersion: version };
    expect(eventsOf(server, "publish_denied")).toMatchObject([denied, denied, denied]);
    expect(JSON.stringify(server.events)).not.toContain('"x"');
    // Nor was it retained.
    const later = await connect(server, 4, "reader", { clientId: "later" });
    await subscribe(later, "#", "$connack/#");
    expect(await topicsUntilEnd(device, later)).toEqual([]);
  });

  it("never takes a topic of the broker's own, whatever the rights", async () => {
    const server = await openBroker();
    const victim = await connect(server, 4, "device", { clientId: "victim" });
    const reader = await connect(server, 4, "reader");
    expect(await subscribe(reader, "$SYS/+/new/clients")).toEqual([1]);
    const powerful = await connect(server, version, "reader", { clientId: "powerful" });
    for (const topic of ["$SYS/x/new/clients", "$SYS/x/heartbeat", "$share/g/t", "$connack/nowhere"]) {
      powerful.send(publish(topic, 1, { payload: "victim" }));
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
  const no = version === 5 ? 0x87 : 0x80;

  it("answers each filter by the rights, and keeps the connection", async () => {
    const server = await openBroker();
    const device = await connect(server, version, "device");
    expect(await subscribe(device, "devices/other/#", "devices/device/#", "#", "$SYS/#")).toEqual([no, 1, no, no]);
    const reader = await connect(server, 4, "reader");
    for (const topic of ["devices/other/up", "devices/device/up", "elsewhere"]) reader.send(publish(topic, 0));
    expect(await topicsUntilEnd(reader, device)).toEqual(["devices/device/up"]);
    expect(eventsOf(server, "subscribe_denied").map(({ filter }) => filter)).toEqual([
      "devices/other/#",
      "#",
      "$SYS/#",
    ]);
  });

  it("refuses shared subscriptions and the broker's own names to everybody", async () => {
    const server = await openBroker();
    const reader = await connect(server, version, "reader");
    expect(await subscribe(reader, "$share/g/devices/#")).toEqual([version === 5 ? 0x9e : no]);
    expect(await subscribe(reader, "$connack/#", "$queue/t", "$SYS/#")).toEqual([no, no, 1]);
  });

  it("checks every delivery: a filter may cover more than the rights", async () => {
    const server = await openBroker();
    const fleet = await connect(server, version, "fleet");
    const reader = await connect(server, 4, "reader");
    reader.send(publish("fleet/a/key", 1, { retain: true }));
    reader.send(publish("fleet/a/name", 1, { retain: true }));
    await reader.settle();
    expect(await subscribe(fleet, "fleet/#")).toEqual([1]);
    expect(await fleet.take("publish")).toMatchObject({ topic: "fleet/a/name", retain: true });
    for (const topic of ["fleet/b/key", "fleet/b/name"]) reader.send(publish(topic, 1));
    expect(await fleet.take("publish")).toMatchObject({ topic: "fleet/b/name" });
    await fleet.settle();
    expect(fleet.received).toEqual([]);
  });

  it("grants so many filters and no more", async () => {
    const server = await openBroker({ limits: { maxSubscriptionsPerClient: 3 } });
    const device = await connect(server, version, "device", { clean: version === 5 });
    const filters = ["a", "b", "c", "d"].map((name) => `devices/device/${name}`);
    expect(await subscribe(device, ...filters)).toEqual([1, 1, 1, no]);
    expect(await subscribe(device, "devices/device/e")).toEqual([no]);
    expect(await subscribe(device, "devices/device/a")).toEqual([1]);
    device.send({ cmd: "unsubscribe", messageId: 9, unsubscriptions: ["devices/device/a"] });
    await device.take("unsuback");
    expect(await subscribe(device, "devices/device/e")).toEqual([1]);
    expect(server.broker.counters()).toMatchObject({ "guard.too_many_subscriptions": 2 });
  });
});

describe.each(versions)("wills, MQTT version %i", (version) => {
  const withWill = (topic: string) => ({
    will: { topic, payload: Buffer.from("gone"), qos: 1 as const, retain: true },
  });

  it("fires one that the rights cover", async () => {
    const server = await openBroker();
    const reader = await connect(server, 4, "reader");
    await subscribe(reader, "#");
    const device = await connect(server, version, "device", withWill("devices/device/state"));
    device.socket.destroy();
    expect(await reader.take("publish")).toMatchObject({ topic: "devices/device/state", payload: Buffer.from("gone") });
  });

  it("fires it also when the device is kicked", async () => {
    const server = await openBroker();
    const reader = await connect(server, 4, "reader");
    await subscribe(reader, "#");
    await connect(server, version, "device", withWill("devices/device/state"));
    server.broker.kickDevice("device", "revoked");
    expect(await reader.take("publish")).toMatchObject({ topic: "devices/device/state" });
  });

  it("fires it to a client that also reads what the broker says of the disconnect", async () => {
    const server = await openBroker();
    const reader = await connect(server, 4, "reader");
    await subscribe(reader, "#", "$SYS/#");
    const device = await connect(server, version, "device", withWill("devices/device/state"));
    device.socket.destroy();
    await until("the will", () =>
      reader.received.some((packet) => (packet as IPublishPacket).topic === "devices/device/state"),
    );
  });

  it("drops one that they do not cover, and says so", async () => {
    const server = await openBroker();
    const reader = await connect(server, 4, "reader");
    await subscribe(reader, "#");
    const device = await connect(server, version, "device", withWill("devices/other/state"));
    device.socket.destroy();
    await until("the event", () => eventsOf(server, "publish_denied").length === 1);
    expect(eventsOf(server, "publish_denied")).toMatchObject([{ topic: "devices/other/state", will: true }]);
    const again = await connect(server, version, "device");
    expect(await topicsUntilEnd(again, reader)).toEqual([]);
  });

  it.each(["w/#", "#", "w/+/x", "$SYS/x/new/clients", ""])("refuses the topic '%s' at the CONNECT", async (topic) => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    // The generator writes no empty will topic: this one has its length set to 0.
    const bytes = peer.bytes({
      cmd: "connect",
      protocolId: version === 3 ? "MQIsdp" : "MQTT",
      protocolVersion: version,
      clientId: "c",
      username: "reader",
      clean: true,
      keepalive: 0,
      ...withWill(topic || "\u0001"),
    });
    peer.socket.write(topic === "" ? withEmptyTopic(bytes) : bytes);
    expect(codeOf((await peer.take("connack")) as never)).toBe(version === 5 ? 0x87 : 5);
    await peer.closed;
    expect(server.requests).toEqual([]);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "malformed_request", by: "broker" }]);
  });
});

/** Takes the one byte of the topic U+0001 out of a CONNECT of fewer than 128 bytes. */
function withEmptyTopic(bytes: Buffer): Buffer {
  const at = bytes.indexOf(Buffer.from([0, 1, 1]));
  const shorter = Buffer.concat([bytes.subarray(0, at), Buffer.from([0, 0]), bytes.subarray(at + 3)]);
  shorter.writeUInt8(shorter.readUInt8(1) - 1, 1);
  return shorter;
}

describe("wills of MQTT 5", () => {
  it("do not carry their delay to subscribers", async () => {
    const server = await openBroker();
    const reader = await connect(server, 5, "reader");
    await subscribe(reader, "#");
    const device = await connect(server, 5, "device", {
      properties: { sessionExpiryInterval: 60 },
      will: {
        topic: "devices/device/state",
        payload: Buffer.from("gone"),
        qos: 0,
        retain: false,
        properties: { willDelayInterval: 1, contentType: "text/plain" },
      },
    });
    device.socket.destroy();
    const { properties } = (await reader.take("publish")) as IPublishPacket;
    expect(properties).toEqual({ contentType: "text/plain" });
  });
});

describe("events about what is denied", () => {
  it("are limited for each connection; all are counted", async () => {
    const server = await openBroker({ limits: { deniedEventsPerMinute: 3 }, nowMs: () => 1_000 });
    const device = await connect(server, 4, "device");
    for (let count = 0; count < 5; count++) device.send(publish(`other\u0007${"x".repeat(300)}`, 0));
    await device.settle();
    const denied = eventsOf(server, "publish_denied");
    expect(denied).toHaveLength(3);
    expect(denied[0]?.topic).toBe(`other\ufffd${"x".repeat(249)}…`);
    expect(server.broker.counters()).toMatchObject({ publish_denied: 5 });
  });
});
