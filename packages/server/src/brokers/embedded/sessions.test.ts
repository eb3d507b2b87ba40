import type { AclRule } from "@connack/credentials";
import type { IConnectPacket, IPublishPacket, ISubackPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { allow, openTestBroker, rights, type TestBroker, until } from "./testing/open-test-broker.ts";
import { codeOf, connectPacket, RawPeer, type Version } from "./testing/raw-peer.ts";

const persistent = { clean: false, properties: { sessionExpiryInterval: 600 } };

async function connect(
  server: TestBroker,
  username: string,
  options: Partial<IConnectPacket> = {},
  version: Version = 4,
) {
  const { peer, connack } = await RawPeer.connect(server.port, version, {
    clientId: "shared-id",
    username,
    ...options,
  });
  expect(codeOf(connack)).toBe(0);
  return { peer, sessionPresent: connack.sessionPresent };
}

async function subscribe(peer: RawPeer, ...filters: string[]): Promise<unknown[]> {
  peer.send({ cmd: "subscribe", messageId: 7, subscriptions: filters.map((topic) => ({ topic, qos: 1 })) });
  return [...((await peer.take("suback")) as ISubackPacket).granted];
}

/** Leaves, and waits until the broker knows. */
async function leave(server: TestBroker, peer: RawPeer): Promise<void> {
  const left = server.broker.connections() - 1;
  peer.send({ cmd: "disconnect" });
  await peer.closed;
  await until("the disconnect", () => server.broker.connections() === left);
}

/** Publishes with QoS 1 as a service that may do everything, and waits until it is done. */
async function publish(server: TestBroker, ...topics: string[]): Promise<void> {
  const { peer } = await connect(server, "service", { clientId: "service" });
  for (const [index, topic] of topics.entries()) {
    peer.send({ cmd: "publish", topic, payload: topic, qos: 1, dup: false, retain: false, messageId: index + 1 });
    await peer.take("puback");
  }
  await peer.settle();
  await leave(server, peer);
}

/** A broker where each user name has its own topics, and the service all. */
const openBroker = (options: Parameters<typeof openTestBroker>[0] = {}, more: AclRule[] = []) =>
  openTestBroker({
    decideConnect: async ({ username }) =>
      allow(username, username === "service" ? rights("#") : [...rights(`${username}/#`), ...more]),
    ...options,
  });

describe.each([3, 4, 5] as const)("persistent sessions, MQTT version %i", (version) => {
  it("get what was published while the device was away, once", async () => {
    const server = await openBroker();
    const { peer } = await connect(server, "owner", persistent, version);
    expect(await subscribe(peer, "owner/#")).toEqual([1]);
    await leave(server, peer);
    await publish(server, "owner/1", "owner/2");
    const { peer: back, sessionPresent } = await connect(server, "owner", persistent, version);
    expect(sessionPresent).toBe(true);
    for (const topic of ["owner/1", "owner/2"]) {
      const { messageId, ...message } = (await back.take("publish")) as IPublishPacket;
      expect(message).toMatchObject({ topic, payload: Buffer.from(topic), qos: 1, dup: false });
      back.send({ cmd: "puback", messageId: messageId as number });
    }
    await back.settle();
    await leave(server, back);
    const { peer: again } = await connect(server, "owner", persistent, version);
    await again.settle();
    expect(again.received).toEqual([]);
  });

  it("send again what was not acknowledged, marked as a duplicate [MQTT-3.3.1-1]", async () => {
    const server = await openBroker();
    const { peer } = await connect(server, "owner", persistent, version);
    await subscribe(peer, "owner/#");
    await publish(server, "owner/1");
    const { messageId } = (await peer.take("publish")) as IPublishPacket;
    await leave(server, peer);
    const { peer: back } = await connect(server, "owner", persistent, version);
    expect(await back.take("publish")).toMatchObject({ topic: "owner/1", messageId, dup: true });
  });

  it("belong to the device that made them: another one finds nothing", async () => {
    // Both may read both topics, so only the session keeps them apart.
    const server = await openBroker({}, rights("owner/#", "other/#"));
    const { peer } = await connect(server, "owner", persistent, version);
    await subscribe(peer, "owner/#");
    await leave(server, peer);
    await publish(server, "owner/secret");
    const { peer: other, sessionPresent } = await connect(server, "other", persistent, version);
    expect(sessionPresent).toBe(false);
    await publish(server, "owner/secret");
    await other.settle();
    expect(other.received).toEqual([]);
    expect(await subscribe(other, "other/#")).toEqual([1]);
    await leave(server, other);
    await publish(server, "other/1");
    const { peer: owner, sessionPresent: ownersPresent } = await connect(server, "owner", persistent, version);
    expect(ownersPresent).toBe(false);
    await owner.settle();
    expect(owner.received).toEqual([]);
    expect(server.broker.counters()).toMatchObject({ "guard.foreign_session": 2 });
  });

  it("never hold a filter that was denied beside a granted one", async () => {
    const server = await openBroker();
    const { peer } = await connect(server, "owner", persistent, version);
    const no = version === 5 ? 0x87 : 0x80;
    expect(await subscribe(peer, "owner/#", "victim/#", "#")).toEqual([1, no, no]);
    await leave(server, peer);
    await publish(server, "victim/1", "owner/1");
    const { peer: back } = await connect(server, "owner", persistent, version);
    await publish(server, "victim/2", "owner/2");
    expect(await back.take("publish")).toMatchObject({ topic: "owner/1" });
    expect(await back.take("publish")).toMatchObject({ topic: "owner/2" });
    await back.settle();
    expect(back.received).toEqual([]);
    // Not even held back at the delivery: the filters were not there.
    expect(server.broker.counters()).not.toHaveProperty("forward_denied");
  });

  it("lose filters and messages that the rights no longer cover", async () => {
    let more: AclRule[] = rights("shared/#");
    const server = await openTestBroker({
      decideConnect: async ({ username }) =>
        allow(username, username === "service" ? rights("#") : [...rights("owner/#"), ...more]),
    });
    const { peer } = await connect(server, "owner", persistent, version);
    expect(await subscribe(peer, "owner/#", "shared/#")).toEqual([1, 1]);
    await leave(server, peer);
    await publish(server, "shared/1", "owner/1");
    more = [];
    const { peer: back } = await connect(server, "owner", persistent, version);
    expect(await back.take("publish")).toMatchObject({ topic: "owner/1" });
    await leave(server, back);
    await publish(server, "shared/2");
    more = rights("shared/#");
    const { peer: again } = await connect(server, "owner", persistent, version);
    await again.take("publish");
    await again.settle();
    expect(again.received).toEqual([]);
  });

  it("lose nothing to a connection that is replaced while it still empties the queue", async () => {
    const server = await openBroker();
    const { peer } = await connect(server, "owner", persistent, version);
    await subscribe(peer, "owner/#");
    await leave(server, peer);
    const topics = Array.from({ length: 200 }, (_, index) => `owner/${index}`);
    await publish(server, ...topics);
    const peers = await Promise.all(Array.from({ length: 4 }, () => RawPeer.open(server.port, version)));
    const connectNow = connectPacket(version, { clientId: "shared-id", username: "owner", ...persistent });
    for (const each of peers) each.send(connectNow);
    await until("one left", () => peers.filter(({ isClosed }) => isClosed).length === 3);
    const last = peers.find(({ isClosed }) => !isClosed) as RawPeer;
    const topicsOf = async (receiver: RawPeer) => {
      await until(
        "all messages",
        () => receiver.received.filter(({ cmd }) => cmd === "publish").length >= topics.length,
      );
      return receiver.received.flatMap((packet) => (packet.cmd === "publish" ? [packet.topic] : []));
    };
    expect(await topicsOf(last)).toEqual(topics);
    await leave(server, last);
    // None was acknowledged, so all come again.
    const { peer: back } = await connect(server, "owner", persistent, version);
    expect(await topicsOf(back)).toEqual(topics);
  });

  it("end with a clean one", async () => {
    const server = await openBroker();
    const { peer } = await connect(server, "owner", persistent, version);
    await subscribe(peer, "owner/#");
    await leave(server, peer);
    await publish(server, "owner/1");
    const { peer: clean, sessionPresent } = await connect(server, "owner", { clean: true }, version);
    expect(sessionPresent).toBe(false);
    await clean.settle();
    expect(clean.received).toEqual([]);
    await leave(server, clean);
    await publish(server, "owner/2");
    const { peer: back } = await connect(server, "owner", persistent, version);
    await back.settle();
    expect(back.received).toEqual([]);
  });

  it("keep so many messages; a client that is there still gets the rest", async () => {
    const server = await openBroker({ limits: { maxQueuedMessages: 2 } });
    const { peer } = await connect(server, "owner", persistent, version);
    await subscribe(peer, "owner/#");
    await publish(server, "owner/1", "owner/2", "owner/3");
    for (const topic of ["owner/1", "owner/2", "owner/3"]) expect(await peer.take("publish")).toMatchObject({ topic });
    await peer.settle();
    await leave(server, peer);
    const { peer: back } = await connect(server, "owner", persistent, version);
    await back.settle();
    expect(back.received.map((packet) => (packet as IPublishPacket).topic)).toEqual(["owner/1", "owner/2"]);
    expect(server.broker.counters()).toMatchObject({ "guard.queue_full": 1 });
  });

  it("are given up when there are too many, the longest away first", async () => {
    const server = await openBroker({ limits: { maxOfflineSessions: 1 } });
    for (const clientId of ["first", "second"]) {
      const { peer } = await connect(server, "owner", { ...persistent, clientId }, version);
      await subscribe(peer, "owner/#");
      await leave(server, peer);
    }
    await until("the guard", () => server.broker.counters()["guard.session_given_up"] === 1);
    const present = async (clientId: string) =>
      (await connect(server, "owner", { ...persistent, clientId }, version)).sessionPresent;
    expect([await present("first"), await present("second")].filter(Boolean)).toHaveLength(1);
  });
});

describe("QoS 2", () => {
  it("is not mistaken for a message of the session before", async () => {
    const server = await openBroker();
    const { peer: reader } = await connect(server, "service", { clientId: "reader" });
    await subscribe(reader, "#");
    for (const [clean, payload] of [
      [true, "one"],
      [true, "two"],
    ] as const) {
      const { peer } = await connect(server, "owner", { clean });
      peer.send({ cmd: "publish", topic: "owner/t", payload, qos: 2, dup: false, retain: false, messageId: 5 });
      await peer.take("pubrec");
      // The same packet again, as after a lost PUBREC: not published twice.
      peer.send({ cmd: "publish", topic: "owner/t", payload, qos: 2, dup: true, retain: false, messageId: 5 });
      await peer.take("pubrec");
      await leave(server, peer);
      expect(await reader.take("publish")).toMatchObject({ payload: Buffer.from(payload) });
    }
    await reader.settle();
    expect(reader.received).toEqual([]);
  });

  it("is not mistaken for a message of a session that has expired", async () => {
    const server = await openBroker();
    const { peer: reader } = await connect(server, "service", { clientId: "reader" });
    await subscribe(reader, "#");
    for (const payload of ["one", "two"]) {
      const { peer, sessionPresent } = await connect(
        server,
        "owner",
        { clean: false, properties: { sessionExpiryInterval: 1 } },
        5,
      );
      expect(sessionPresent).toBe(false);
      await subscribe(peer, "owner/none");
      peer.send({ cmd: "publish", topic: "owner/t", payload, qos: 2, dup: false, retain: false, messageId: 5 });
      await peer.take("pubrec");
      expect(await reader.take("publish")).toMatchObject({ payload: Buffer.from(payload) });
      await leave(server, peer);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
  });

  it.each([3, 4, 5] as const)("has a limit on what is left open, MQTT version %i", async (version) => {
    const server = await openBroker({ limits: { maxIncomingQos2: 2 } });
    const { peer, connack } = await RawPeer.connect(server.port, version, { username: "owner" });
    if (version === 5) expect(connack.properties).toMatchObject({ receiveMaximum: 2 });
    const send = (messageId: number) =>
      peer.send({ cmd: "publish", topic: "owner/t", payload: "x", qos: 2, dup: false, retain: false, messageId });
    for (const id of [1, 2]) {
      send(id);
      await peer.take("pubrec");
    }
    peer.send({ cmd: "pubrel", messageId: 1 });
    await peer.take("pubcomp");
    send(3);
    await peer.take("pubrec");
    send(4);
    if (version === 5) expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x93 });
    await peer.closed;
    expect(peer.received).toEqual([]);
    expect(server.broker.counters()).toMatchObject({ "guard.too_many_unfinished": 1 });
  });
});

describe("the order of deliveries", () => {
  it("does not lose a QoS 1 message that a QoS 0 message overtakes", async () => {
    const server = await openBroker();
    const { peer: reader } = await connect(server, "service", { clientId: "reader" });
    await subscribe(reader, "#");
    const { peer } = await connect(server, "owner");
    for (let id = 1; id <= 20; id++) {
      peer.send(
        { cmd: "publish", topic: "owner/t", payload: `${id} one`, qos: 1, dup: false, retain: false, messageId: id },
        { cmd: "publish", topic: "owner/t", payload: `${id} zero`, qos: 0, dup: false, retain: false },
      );
    }
    await until("all messages", () => reader.received.length >= 40);
    expect(new Set(reader.received.map((packet) => String((packet as IPublishPacket).payload))).size).toBe(40);
  });
});
