import type { AclRule, AllowDecision } from "@connack/credentials";
import type { IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import type { EmbeddedBrokerOptions } from "./embedded-broker.ts";
import { versions } from "./testing/expect-working.ts";
import { allow, eventsOf, openTestBroker, rights, type TestBroker, untilEvents } from "./testing/open-test-broker.ts";
import { connectPeer, grantedTo, leave, persistent, publishAll, publishPacket, topicsBefore } from "./testing/peers.ts";
import { codeOf, RawPeer, type Version } from "./testing/raw-peer.ts";

type Subscriptions = NonNullable<AllowDecision["subscriptions"]>;

interface Rights {
  acl: AclRule[];
  subscriptions: Subscriptions;
}

const toDevice = "devices/p2p/device";

/** A broker that subscribes the device to its replies; `rights` may be changed, for the next CONNECT. */
async function openBroker(options: Partial<EmbeddedBrokerOptions> = {}) {
  const device: Rights = {
    acl: [
      { permission: "allow", action: "publish", topic: "device-server" },
      { permission: "allow", action: "subscribe", topic: `${toDevice}/#` },
    ],
    subscriptions: [{ topic: toDevice, qos: 1 }],
  };
  const server = await openTestBroker({
    decideConnect: async ({ username }) => {
      const { acl, subscriptions } = device;
      return username === "device" ? allow("device", acl, { subscriptions }) : allow("service", rights("#"));
    },
    ...options,
  });
  const service = await connectPeer(server, 4, "service");
  return { server, service, device };
}

/** Connects as the device; says also whether there was a session. */
async function connectDevice(server: TestBroker, version: Version, more: object = {}) {
  const { peer, connack } = await RawPeer.connect(server.port, version, { clientId: "device-id", ...more });
  expect(codeOf(connack)).toBe(0);
  return { peer, sessionPresent: connack.sessionPresent };
}

/** All messages that have come, once everything under way is there. */
async function messagesOf(peer: RawPeer): Promise<string[]> {
  await peer.settle();
  const packets = peer.received.splice(0);
  expect(packets.map(({ cmd }) => cmd).filter((cmd) => cmd !== "publish")).toEqual([]);
  return packets.map((packet) => {
    const { topic, payload, retain, messageId } = packet as IPublishPacket;
    if (messageId !== undefined) peer.send({ cmd: "puback", messageId });
    return `${topic} ${payload}${retain ? " retained" : ""}`;
  });
}

const send = async (service: RawPeer, payload: string, retain = false, topic = toDevice) => {
  service.send(publishPacket(topic, 1, { payload, retain }));
  await service.take("puback");
  await service.settle();
};

describe.each(versions)("a device that never sends SUBSCRIBE, MQTT version %i", (version) => {
  it("gets what is sent to it, behind the CONNACK and without a SUBACK, again after each reconnect", async () => {
    const { server, service } = await openBroker();
    for (const attempt of ["one", "two", "three"]) {
      const { peer } = await connectDevice(server, version);
      await send(service, attempt);
      await send(service, "not for it", false, "devices/p2p/other");
      expect(await messagesOf(peer)).toEqual([`${toDevice} ${attempt}`]);
      await leave(server, peer);
      await send(service, "while away");
    }
  });

  it("sees a CONNACK first, then what is retained, and no other packet", async () => {
    const { server, service } = await openBroker();
    await send(service, "kept", true);
    const peer = await RawPeer.open(server.port, version);
    peer.send({
      ...{ cmd: "connect", protocolId: version === 3 ? "MQIsdp" : "MQTT", protocolVersion: version },
      ...{ clientId: "device-id", username: "device", clean: true, keepalive: 0 },
    });
    await peer.take("publish");
    await peer.settle();
    // `take` has taken the PUBLISH out.
    expect(peer.received.map(({ cmd }) => cmd)).toEqual(["connack"]);
    expect(eventsOf(server, "subscribe_denied")).toEqual([]);
  });

  it("misses nothing that is sent when it is told of as connected", async () => {
    let service: RawPeer | undefined;
    const opened = await openBroker({
      onEvent: (event) => {
        if (event.type === "connected" && event.deviceId === "device") service?.send(publishPacket(toDevice, 0));
      },
    });
    service = opened.service;
    for (const more of [{}, persistent]) {
      const { peer } = await connectDevice(opened.server, version, more);
      expect(await peer.take("publish")).toMatchObject({ topic: toDevice });
      peer.send({ cmd: "disconnect" });
      await peer.closed;
    }
  });

  it("that publishes in the chunk of its CONNECT gets the answer", async () => {
    const { server, service } = await openBroker();
    expect(await grantedTo(service, "device-server")).toEqual([1]);
    const answering = service.take("publish").then(() => send(service, "hello back"));
    const peer = await RawPeer.open(server.port, version);
    peer.send(
      {
        ...{ cmd: "connect", protocolId: version === 3 ? "MQIsdp" : "MQTT", protocolVersion: version },
        ...{ clientId: "device-id", username: "device", clean: true, keepalive: 0 },
      },
      publishPacket("device-server", 0, { payload: "hello" }),
    );
    await answering;
    expect(await peer.take("publish")).toMatchObject({ payload: Buffer.from("hello back") });
  });

  it("takes its session over with nothing twice", async () => {
    const { server, service } = await openBroker();
    for (const more of [{}, persistent]) {
      const { peer: first } = await connectDevice(server, version, more);
      const { peer: second } = await connectDevice(server, version, more);
      await first.closed;
      await send(service, "one");
      expect(await messagesOf(second)).toEqual([`${toDevice} one`]);
      await leave(server, second);
    }
  });
});

describe.each(versions)("a persistent session, MQTT version %i", (version) => {
  it("keeps what comes while the device is away; all of it comes once, what is retained too", async () => {
    const { server, service } = await openBroker();
    const { peer } = await connectDevice(server, version, persistent);
    await leave(server, peer);
    for (const payload of ["one", "two"]) {
      await send(service, payload);
      await send(service, `${payload} kept`, true);
      const { peer: back, sessionPresent } = await connectDevice(server, version, persistent);
      expect(sessionPresent).toBe(true);
      await send(service, `${payload} now`);
      const payloads = (await messagesOf(back)).map((message) => message.split(" ").slice(1, 3).join(" "));
      expect(payloads.map((text) => text.replace(" retained", ""))).toEqual(
        ["", " kept", " now"].map((end) => `${payload}${end}`),
      );
      await leave(server, back);
    }
    const { peer: last } = await connectDevice(server, version, persistent);
    expect(await messagesOf(last)).toEqual([]);
  });

  it("gets what is retained when it is new", async () => {
    const { server, service } = await openBroker();
    await send(service, "kept", true);
    const { peer } = await connectDevice(server, version, persistent);
    expect(await messagesOf(peer)).toEqual([`${toDevice} kept retained`]);
  });

  it("loses the filter, and what has come for it, when the rights no longer cover it", async () => {
    const { server, service, device } = await openBroker();
    const { peer } = await connectDevice(server, version, persistent);
    await leave(server, peer);
    await send(service, "one");
    device.acl = rights("elsewhere/#");
    const { peer: back, sessionPresent } = await connectDevice(server, version, persistent);
    expect(sessionPresent).toBe(false);
    await send(service, "two");
    expect(await messagesOf(back)).toEqual([]);
    expect(eventsOf(server, "subscribe_denied")).toMatchObject([{ filter: toDevice, qos: 1, byBroker: true }]);
    await leave(server, back);
    await send(service, "three");
    device.acl = rights("#");
    const { peer: again } = await connectDevice(server, version, persistent);
    await send(service, "four");
    expect(await messagesOf(again)).toEqual([`${toDevice} four`]);
  });

  it("loses a filter that the decision no longer names, and has the one it names now", async () => {
    const { server, service, device } = await openBroker();
    const { peer } = await connectDevice(server, version, persistent);
    await leave(server, peer);
    device.subscriptions = [{ topic: `${toDevice}/new`, qos: 1 }];
    const { peer: back } = await connectDevice(server, version, persistent);
    await send(service, "old");
    await send(service, "new", false, `${toDevice}/new`);
    expect(await messagesOf(back)).toEqual([`${toDevice}/new new`]);
    await leave(server, back);
    device.subscriptions = [];
    const { peer: last } = await connectDevice(server, version, persistent);
    await send(service, "newer", false, `${toDevice}/new`);
    expect(await messagesOf(last)).toEqual([]);
  });

  it("keeps a filter that the device has subscribed to as well", async () => {
    const { server, service, device } = await openBroker();
    const { peer } = await connectDevice(server, version, persistent);
    expect(await grantedTo(peer, toDevice)).toEqual([1]);
    await send(service, "one");
    expect(await messagesOf(peer)).toEqual([`${toDevice} one`]);
    await leave(server, peer);
    device.subscriptions = [];
    const { peer: back } = await connectDevice(server, version, persistent);
    await send(service, "two");
    expect(await messagesOf(back)).toEqual([`${toDevice} two`]);
  });
});

describe.each(versions)("what the device does itself, MQTT version %i", (version) => {
  it("may be to subscribe too, and to leave: until the next CONNECT", async () => {
    const { server, service } = await openBroker();
    const { peer } = await connectDevice(server, version);
    expect(await grantedTo(peer, toDevice)).toEqual([1]);
    await send(service, "one");
    expect(await messagesOf(peer)).toEqual([`${toDevice} one`]);
    peer.send({ cmd: "unsubscribe", messageId: 3, unsubscriptions: [toDevice] });
    await peer.take("unsuback");
    await send(service, "two");
    expect(await messagesOf(peer)).toEqual([]);
    await leave(server, peer);
    const { peer: back } = await connectDevice(server, version);
    await send(service, "three");
    expect(await messagesOf(back)).toEqual([`${toDevice} three`]);
  });

  it("does not use up the filters it may have, nor they those of the broker", async () => {
    const { server, service } = await openBroker({ limits: { maxSubscriptionsPerClient: 2 } });
    const { peer } = await connectDevice(server, version, persistent);
    expect(await grantedTo(peer, `${toDevice}/a`)).toEqual([1]);
    peer.send({ cmd: "unsubscribe", messageId: 3, unsubscriptions: [toDevice] });
    await peer.take("unsuback");
    expect(await grantedTo(peer, `${toDevice}/b`)).toEqual([1]);
    await leave(server, peer);
    const { peer: back } = await connectDevice(server, version, persistent);
    await send(service, "one");
    expect(await messagesOf(back)).toEqual([`${toDevice} one`]);
  });
});

describe("subscriptions of a decision", () => {
  it("are held against its rights, one by one, and end nobody", async () => {
    const { server, service, device } = await openBroker({ denyAction: "disconnect" });
    device.subscriptions = [
      { topic: "devices/p2p/other", qos: 1 },
      { topic: "#", qos: 0 },
      { topic: "$SYS/#", qos: 0 },
      { topic: "$share/g/x", qos: 0 },
      { topic: "a/#/b", qos: 0 },
      { topic: "", qos: 0 },
      { topic: toDevice, qos: 1 },
    ];
    const { peer } = await connectDevice(server, 4);
    await publishAll(service, "devices/p2p/other", "elsewhere", toDevice);
    expect(await topicsBefore(peer, toDevice)).toEqual([]);
    expect(eventsOf(server, "subscribe_denied").map(({ filter, byBroker }) => [filter, byBroker])).toEqual(
      ["devices/p2p/other", "#", "$SYS/#", "$share/g/x"].map((filter) => [filter, true]),
    );
    // The two that are no filters.
    expect(server.broker.counters()).toMatchObject({ "guard.contained_exception": 2 });
  });

  it("count once when they are named twice, with the last QoS", async () => {
    const { server, service, device } = await openBroker();
    device.subscriptions = [
      { topic: toDevice, qos: 0 },
      { topic: toDevice, qos: 1 },
    ];
    const { peer } = await connectDevice(server, 4, persistent);
    await send(service, "one");
    expect(await messagesOf(peer)).toEqual([`${toDevice} one`]);
    await leave(server, peer);
    await send(service, "two");
    const { peer: back } = await connectDevice(server, 4, persistent);
    expect(await messagesOf(back)).toEqual([`${toDevice} two`]);
  });

  it.each([[true], ["text"], [[null]], [[{}]], [[{ topic: 5, qos: 9 }]]])(
    "that are none, %j, harm nobody else",
    async (subscriptions) => {
      const { server, device } = await openBroker();
      device.subscriptions = subscriptions as never;
      const { connack } = await RawPeer.connect(server.port, 5);
      expect([0, 0x87]).toContain(codeOf(connack));
      const other = await connectPeer(server, 4, "service", { clientId: "other" });
      await publishAll(other, "x");
      expect(server.broker.counters()["guard.contained_exception"]).toBeGreaterThan(0);
    },
  );

  it("are not made for a client that another one replaces at once", async () => {
    const { server, service } = await openBroker();
    const peers = await Promise.all(
      Array.from({ length: 9 }, (_, index) =>
        RawPeer.connect(server.port, versions[index % 3] as Version, { clientId: "device-id", ...persistent }),
      ),
    );
    await untilEvents(server, "disconnected", 8);
    await send(service, "one");
    const [last] = peers.filter(({ peer }) => !peer.isClosed);
    expect(await messagesOf(last?.peer as RawPeer)).toEqual([`${toDevice} one`]);
  });
});
