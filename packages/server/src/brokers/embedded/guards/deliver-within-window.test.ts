import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import mqttPacket, { type IConnectPacket, type IPublishPacket, type ISubscription } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import type { ClientInternals, StoredPacket } from "../aedes-internals.ts";
import { OutgoingStore } from "../stores/outgoing-store.ts";
import { openPermissiveBroker, publish, versions } from "../testing/expect-working.ts";
import { type TestBroker, until, untilEvents } from "../testing/open-test-broker.ts";
import { RawPeer, type Version } from "../testing/raw-peer.ts";
import { Delivery } from "./deliver-within-window.ts";

type Options = { clean?: boolean; receiveMaximum?: number; filters?: ISubscription[]; more?: Partial<IConnectPacket> };

/** A subscriber that acknowledges nothing by itself. */
async function openReader(server: TestBroker, version: Version, options: Options = {}): Promise<RawPeer> {
  const { clean = true, receiveMaximum, filters = [{ topic: "t/#", qos: 2 }], more } = options;
  const properties = {
    ...(receiveMaximum === undefined ? {} : { receiveMaximum }),
    ...(clean ? {} : { sessionExpiryInterval: 600 }),
  };
  const { peer } = await RawPeer.connect(server.port, version, {
    clientId: "reader",
    clean,
    ...(version === 5 ? { properties } : {}),
    ...more,
  });
  if (filters.length > 0) {
    peer.send({ cmd: "subscribe", messageId: 1, subscriptions: filters });
    await peer.take("suback");
  }
  return peer;
}

/** Publishes and waits until it was worked on. */
async function publishAll(server: TestBroker, ...packets: Partial<IPublishPacket>[]): Promise<void> {
  const { peer } = await RawPeer.connect(server.port, 5, { clientId: "writer" });
  for (const [index, packet] of packets.entries()) {
    const { qos = 1 } = packet;
    peer.send(publish("t/1", { ...packet, qos, ...(qos > 0 ? { messageId: index + 1 } : {}) }));
    if (qos > 0) await peer.take(qos === 1 ? "puback" : "pubrec");
  }
  await peer.settle();
  peer.socket.destroy();
}

const numbered = (count: number, first = 1, qos: 1 | 2 = 1) =>
  Array.from({ length: count }, (_, index) => ({ payload: String(index + first), qos }));

const publishesOf = (peer: RawPeer) =>
  peer.received.filter((packet): packet is IPublishPacket => packet.cmd === "publish");
const payloadsOf = (peer: RawPeer) => publishesOf(peer).map(({ payload }) => String(payload));

/** Everything that was sent so far. */
async function received(peer: RawPeer): Promise<string[]> {
  await peer.settle();
  await peer.settle();
  return payloadsOf(peer);
}

const away = (server: TestBroker) => until("the reader away", () => server.broker.connections() === 0);

describe.each([
  ["that ends with the connection", true],
  ["that outlives it", false],
] as const)("a session %s", (_, clean) => {
  it.each([1, 2] as const)("has no more unacknowledged than Receive Maximum, and all in order, QoS %i", async (qos) => {
    const server = await openPermissiveBroker();
    const peer = await openReader(server, 5, { clean, receiveMaximum: 2 });
    await publishAll(server, ...numbered(6, 1, qos));
    for (let seen = 2; seen <= 6; seen += 2) {
      expect(await received(peer)).toEqual(["1", "2", "3", "4", "5", "6"].slice(0, seen));
      for (const { messageId } of publishesOf(peer).slice(-2)) {
        const id = messageId as number;
        if (qos === 1) peer.send({ cmd: "puback", messageId: id });
        else {
          peer.send({ cmd: "pubrec", messageId: id });
          expect(await peer.take("pubrel")).toMatchObject({ messageId: id });
          // PUBREC is not the end of it.
          if (seen === 2) expect(await received(peer)).toHaveLength(id === publishesOf(peer)[0]?.messageId ? 2 : 3);
          peer.send({ cmd: "pubcomp", messageId: id });
        }
      }
    }
    expect(await received(peer)).toHaveLength(6);
    expect(publishesOf(peer).every(({ dup }) => dup === false)).toBe(true);
  });

  it("goes on after a PUBREC that refuses (MQTT 5 §4.9)", async () => {
    const server = await openPermissiveBroker();
    const peer = await openReader(server, 5, { clean, receiveMaximum: 1 });
    await publishAll(server, ...numbered(2, 1, 2));
    expect(await received(peer)).toEqual(["1"]);
    peer.send({ cmd: "pubrec", messageId: publishesOf(peer)[0]?.messageId as number, reasonCode: 0x97 });
    expect(await received(peer)).toEqual(["1", "2"]);
    expect(peer.received.some(({ cmd }) => cmd === "pubrel")).toBe(false);
  });

  it.each(versions)("has no more unacknowledged than we allow, MQTT version %i", async (version) => {
    const server = await openPermissiveBroker({ limits: { maxInFlight: 3 } });
    const peer = await openReader(server, version, { clean, receiveMaximum: 50 });
    await publishAll(server, ...numbered(5));
    expect(await received(peer)).toEqual(["1", "2", "3"]);
    peer.send({ cmd: "puback", messageId: publishesOf(peer)[1]?.messageId as number });
    expect(await received(peer)).toEqual(["1", "2", "3", "4"]);
  });

  it("is not stopped by answers to messages that were never sent", async () => {
    const server = await openPermissiveBroker();
    const peer = await openReader(server, 5, { clean, receiveMaximum: 1 });
    for (const cmd of ["puback", "pubrec", "pubcomp"] as const) peer.send({ cmd, messageId: 4711 });
    await publishAll(server, ...numbered(2));
    expect(await received(peer)).toEqual(["1"]);
    const { messageId } = publishesOf(peer)[0] as IPublishPacket;
    for (let times = 0; times < 3; times++) peer.send({ cmd: "puback", messageId: messageId as number });
    expect(await received(peer)).toEqual(["1", "2"]);
  });

  it("gets retained messages within the window too", async () => {
    const server = await openPermissiveBroker();
    await publishAll(server, ...["t/1", "t/2", "t/3"].map((topic) => ({ topic, payload: topic, retain: true })));
    const peer = await openReader(server, 5, { clean, receiveMaximum: 1 });
    expect(await received(peer)).toEqual(["t/1"]);
    expect(publishesOf(peer)).toMatchObject([{ retain: true }]);
    peer.send({ cmd: "puback", messageId: publishesOf(peer)[0]?.messageId as number });
    expect(await received(peer)).toEqual(["t/1", "t/2"]);
  });

  it("gets a copy for each matching filter, with its QoS and identifier", async () => {
    const server = await openPermissiveBroker();
    const peer = await openReader(server, 5, { clean, filters: [] });
    for (const [id, topic, qos] of [
      [1, "t/1", 0],
      [2, "t/+", 1],
      [3, "#", 2],
    ] as const) {
      const properties = { subscriptionIdentifier: id };
      peer.send({ cmd: "subscribe", messageId: id, properties, subscriptions: [{ topic, qos }] });
      await peer.take("suback");
    }
    await publishAll(server, { qos: 2, properties: { contentType: "c" } });
    await received(peer);
    const copies = publishesOf(peer).map(({ qos, properties }) => ({ qos, ...properties }));
    expect(copies.sort((a, b) => a.qos - b.qos)).toEqual([
      { qos: 0, subscriptionIdentifier: 1, contentType: "c" },
      { qos: 1, subscriptionIdentifier: 2, contentType: "c" },
      { qos: 2, subscriptionIdentifier: 3, contentType: "c" },
    ]);
  });

  it("keeps to No Local and Retain As Published", async () => {
    const server = await openPermissiveBroker();
    const filters = [{ topic: "t/own", qos: 1, nl: true, rap: false, rh: 0 } as const];
    const peer = await openReader(server, 5, { clean, filters });
    peer.send({
      cmd: "subscribe",
      messageId: 2,
      subscriptions: [{ topic: "t/kept", qos: 1, rap: true, nl: false, rh: 0 }],
    });
    peer.send(publish("t/own", { qos: 1, messageId: 1, payload: "own" }));
    await peer.take("puback");
    const retain = true;
    await publishAll(server, { topic: "t/own", payload: "1", retain }, { topic: "t/kept", payload: "2", retain });
    expect(await received(peer)).toEqual(["1", "2"]);
    expect(publishesOf(peer).map((packet) => packet.retain)).toEqual([false, true]);
  });

  it("is not sent what has expired while it waited, and what is left of the time of the rest", async () => {
    const server = await openPermissiveBroker();
    const peer = await openReader(server, 5, { clean, receiveMaximum: 1 });
    await publishAll(
      server,
      { payload: "first" },
      { payload: "short", properties: { messageExpiryInterval: 1 } },
      { payload: "long", properties: { messageExpiryInterval: 100 } },
    );
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    peer.send({ cmd: "puback", messageId: publishesOf(peer)[0]?.messageId as number });
    expect(await received(peer)).toEqual(["first", "long"]);
    const { messageExpiryInterval } = publishesOf(peer)[1]?.properties ?? {};
    expect(messageExpiryInterval).toBeGreaterThan(0);
    expect(messageExpiryInterval).toBeLessThan(100);
  });

  it("has so many waiting, and loses the newest", async () => {
    const limits = { maxInFlight: 1, maxQueuedMessages: 3, maxUnreadMessages: 3 };
    const server = await openPermissiveBroker({ limits });
    const peer = await openReader(server, 5, { clean });
    await publishAll(server, ...numbered(9));
    for (let count = 1; count <= 9; count++) {
      const seen = await received(peer);
      if (seen.length < count) break;
      peer.send({ cmd: "puback", messageId: publishesOf(peer).at(-1)?.messageId as number });
    }
    const kept = clean ? 1 + 3 : 3 + 3;
    expect(await received(peer)).toEqual(numbered(kept).map(({ payload }) => payload));
    expect(server.broker.counters()["guard.queue_full"]).toBeGreaterThanOrEqual(9 - kept);
  });
});

describe.each(versions)("a session that is resumed, MQTT version %i", (version) => {
  it("gets what was not acknowledged first, within the window, then the rest", async () => {
    const server = await openPermissiveBroker({ limits: { maxInFlight: 4 } });
    const first = await openReader(server, version, { clean: false });
    await publishAll(server, ...numbered(6));
    expect(await received(first)).toEqual(["1", "2", "3", "4"]);
    first.send({ cmd: "puback", messageId: publishesOf(first)[1]?.messageId as number });
    expect(await received(first)).toEqual(["1", "2", "3", "4", "5"]);
    first.socket.destroy();
    await away(server);
    await publishAll(server, ...numbered(1, 7));
    const second = await openReader(server, version, { clean: false, filters: [] });
    expect(await received(second)).toEqual(["1", "3", "4", "5"]);
    expect(publishesOf(second).every(({ dup }) => dup === true)).toBe(true);
    const ids = (peer: RawPeer) =>
      new Map(publishesOf(peer).map(({ messageId, payload }) => [String(payload), messageId]));
    for (const [payload, id] of ids(second)) expect(id).toBe(ids(first).get(payload));
    for (const [, messageId] of ids(second)) second.send({ cmd: "puback", messageId: messageId as number });
    expect(await received(second)).toEqual(["1", "3", "4", "5", "6", "7"]);
    expect(publishesOf(second).slice(-2)).toMatchObject([{ dup: false }, { dup: false }]);
  });

  it("gets the PUBREL of what it has already, not the message", async () => {
    const server = await openPermissiveBroker({ limits: { maxInFlight: 2 } });
    const first = await openReader(server, version, { clean: false });
    await publishAll(server, ...numbered(2, 1, 2));
    expect(await received(first)).toEqual(["1", "2"]);
    const id = publishesOf(first)[0]?.messageId as number;
    first.send({ cmd: "pubrec", messageId: id });
    await first.take("pubrel");
    first.socket.destroy();
    await away(server);
    const second = await openReader(server, version, { clean: false, filters: [] });
    expect(await received(second)).toEqual(["2"]);
    expect(await second.take("pubrel")).toMatchObject({ messageId: id });
    second.send({ cmd: "pubcomp", messageId: id });
    await second.settle();
    second.socket.destroy();
    await away(server);
    const third = await openReader(server, version, { clean: false, filters: [] });
    expect(await received(third)).toEqual(["2"]);
    expect(third.received.some(({ cmd }) => cmd === "pubrel")).toBe(false);
  });
});

it("a session that is to end with the connection that resumes it gets what waited for it, and all once", async () => {
  const server = await openPermissiveBroker();
  const first = await openReader(server, 5, { clean: false });
  first.socket.destroy();
  await away(server);
  await publishAll(server, ...numbered(2));
  const resume = () => RawPeer.connect(server.port, 5, { clientId: "reader", clean: false });
  const { peer, connack } = await resume();
  expect(connack.sessionPresent).toBe(true);
  await publishAll(server, ...numbered(2, 3, 2));
  expect(await received(peer)).toEqual(["1", "2", "3", "4"]);
  peer.socket.destroy();
  await away(server);
  const { peer: third, connack: last } = await resume();
  expect(last.sessionPresent).toBe(false);
  expect(await received(third)).toEqual([]);
});

it("a session that has expired has nothing left", async () => {
  const server = await openPermissiveBroker();
  const properties = { sessionExpiryInterval: 1 };
  const first = await openReader(server, 5, { more: { clean: false, properties } });
  first.socket.destroy();
  await away(server);
  await publishAll(server, { payload: "x" });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { peer, connack } = await RawPeer.connect(server.port, 5, { clientId: "reader", clean: false, properties });
  expect(connack.sessionPresent).toBe(false);
  expect(await received(peer)).toEqual([]);
});

describe("a session that goes from one connection to the next", () => {
  /** The delivery to a client without aedes; `sent` are the payloads that went out. */
  function openDelivery(store: OutgoingStore) {
    const sent: string[] = [];
    const parser = mqttPacket.parser();
    parser.on("packet", (packet) => packet.cmd === "publish" && sent.push(String(packet.payload)));
    const conn = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        parser.parse(chunk);
        done();
      },
    });
    const client = { id: "client", clean: false, version: 4, conn, subscriptions: {} } as unknown as ClientInternals;
    const state = { isOpen: true };
    const fail = () => expect.fail("never called");
    const delivery = new Delivery(client, store, {
      maxInFlight: 1,
      isOpen: () => state.isOpen,
      mayReceive: () => state.isOpen,
      dropped: fail,
      tooSlow: fail,
      failed: fail,
    });
    delivery.takeSession();
    delivery.start();
    return { delivery, sent, state, conn };
  }
  const openStore = () =>
    new OutgoingStore({ maxMessages: 9, maxBytes: 10_000, maxWaiting: 9, maxWaitingBytes: 10_000 }, () => {});
  const put = async (store: OutgoingStore, payload: string) => {
    const packet = { ...publish("t", { qos: 1 }), payload: Buffer.from(payload) } as unknown as StoredPacket;
    store.enqueue([{ clientId: "client", topic: "t", qos: 1 }], packet);
    await nextTurn();
  };

  it("keeps what came while the former one was on its way out", async () => {
    const store = openStore();
    const first = openDelivery(store);
    first.state.isOpen = false;
    await put(store, "1");
    first.conn.destroy();
    await nextTurn();
    const second = openDelivery(store);
    await nextTurn();
    expect([first.sent, second.sent]).toEqual([[], ["1"]]);
  });

  it("takes no acknowledgement of the former one", async () => {
    const store = openStore();
    const first = openDelivery(store);
    await put(store, "1");
    const second = openDelivery(store);
    first.delivery.acknowledged(1);
    first.conn.destroy();
    await put(store, "2");
    expect([first.sent, second.sent]).toEqual([["1"], ["1"]]);
    second.delivery.acknowledged(1);
    await nextTurn();
    expect(second.sent).toEqual(["1", "2"]);
  });
});

describe("Maximum Packet Size", () => {
  const sizeOf = (packet: IPublishPacket) => (packet.length as number) + 2;

  it.each([0, 1, 2] as const)("no larger PUBLISH is sent with QoS %i, and what comes after it is", async (qos) => {
    const server = await openPermissiveBroker();
    const largest = 60;
    const peer = await openReader(server, 5, {
      more: { properties: { maximumPacketSize: largest, receiveMaximum: 1 } },
    });
    const payload = "x".repeat(largest - (2 + 2 + 3 + 1) - (qos === 0 ? 0 : 2));
    await publishAll(server, { qos, payload: `${payload}y` }, { qos, payload }, { qos, payload: "after" });
    expect(await received(peer)).toEqual(qos === 0 ? [payload, "after"] : [payload]);
    expect(sizeOf(publishesOf(peer)[0] as IPublishPacket)).toBe(largest);
    expect(server.broker.counters()).toMatchObject({ "guard.larger_than_client_takes": 1 });
    await peer.settle();
  });

  it("counts properties", async () => {
    const server = await openPermissiveBroker();
    const peer = await openReader(server, 5, { more: { properties: { maximumPacketSize: 60 } } });
    const properties = { userProperties: { name: "x".repeat(60) } };
    await publishAll(server, { qos: 0, properties }, { qos: 1, properties }, { payload: "after" });
    expect(await received(peer)).toEqual(["after"]);
    expect(server.broker.counters()).toMatchObject({ "guard.larger_than_client_takes": 2 });
  });

  it("holds for queued and retained messages too; they count as delivered", async () => {
    const server = await openPermissiveBroker();
    const first = await openReader(server, 5, { clean: false });
    first.socket.destroy();
    await away(server);
    await publishAll(server, { payload: "x".repeat(100) }, { topic: "t/2", payload: "y".repeat(100), retain: true });
    const properties = { maximumPacketSize: 60, sessionExpiryInterval: 600 };
    const second = await openReader(server, 5, { clean: false, more: { properties } });
    expect(await received(second)).toEqual([]);
    expect(server.broker.counters()).toMatchObject({ "guard.larger_than_client_takes": 3 });
    second.socket.destroy();
    await away(server);
    const third = await openReader(server, 5, { clean: false, filters: [] });
    expect(await received(third)).toEqual([]);
  });
});

it.each([
  [0, true],
  [1, true],
  [1, false],
] as const)("nothing is lost to a client slower than its publishers; QoS %i, clean session: %s", async (qos, clean) => {
  const server = await openPermissiveBroker({ limits: { maxInFlight: 50, maxUnreadMessages: 1_000 } });
  const peer = await openReader(server, 4, { clean });
  let got = 0;
  peer.socket.on("data", () => {
    for (const packet of peer.received.splice(0)) {
      if (packet.cmd !== "publish") continue;
      got++;
      if (packet.qos > 0) peer.send({ cmd: "puback", messageId: packet.messageId as number });
    }
  });
  const [publishers, each] = [3, 1_000];
  const payload = Buffer.alloc(1_000);
  for (let index = 0; index < publishers; index++) {
    const { peer: writer } = await RawPeer.connect(server.port, 4, { clientId: `writer-${index}` });
    const messages = Array.from({ length: each }, (_, number) =>
      publish("t/1", { payload, qos, ...(qos === 1 ? { messageId: number + 1 } : {}) }),
    );
    writer.send(...messages);
  }
  await until("all messages", () => got === publishers * each);
  expect(server.broker.connections()).toBe(publishers + 1);
});

describe("a client that does not read", () => {
  const big = { payload: Buffer.alloc(200_000) };

  it.each([0, 1] as const)("is cut when more waits for it than may; QoS %i", async (qos) => {
    const server = await openPermissiveBroker({ limits: { drainTimeoutMs: 2 ** 31 - 1 } });
    const peer = await openReader(server, 4, {});
    peer.socket.pause();
    const { peer: writer } = await RawPeer.connect(server.port, 4, { clientId: "writer" });
    for (let messageId = 1; messageId <= 150; messageId++) {
      writer.send(publish("t/1", { ...big, qos, ...(qos === 1 ? { messageId } : {}) }));
    }
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ clientId: "reader", reason: "too_slow" }]);
    await writer.settle();
    expect(server.broker.counters()).toMatchObject({ "guard.too_slow": 1 });
  });

  it("gets all that is retained when it reads at last", async () => {
    const server = await openPermissiveBroker({
      limits: { drainTimeoutMs: 2 ** 31 - 1, maxUnreadBytes: 2_000_000, maxRetainedBytes: 64_000_000 },
    });
    const count = 150;
    const topics = Array.from({ length: count }, (_, index) => `t/${index}`);
    await publishAll(server, ...topics.map((topic) => ({ ...big, topic, retain: true })));
    const peer = await openReader(server, 4, { filters: [] });
    peer.socket.pause();
    peer.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "t/#", qos: 1 }] });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    peer.socket.resume();
    await until("all that is retained", () => publishesOf(peer).length === count);
    expect(server.broker.counters()).not.toHaveProperty("guard.queue_full");
  });

  it("stops its publishers not for long", async () => {
    const unlimited = 2 ** 31 - 1;
    const server = await openPermissiveBroker({
      limits: { drainTimeoutMs: unlimited, maxUnreadBytes: 60_000_000, maxUnreadMessages: unlimited },
    });
    const peer = await openReader(server, 4, {});
    peer.socket.pause();
    const { peer: writer } = await RawPeer.connect(server.port, 4, { clientId: "writer" });
    for (let count = 0; count < 150; count++) writer.send(publish("t/1", big));
    // Bare aedes answers only when the other one reads.
    await writer.settle();
    peer.socket.resume();
    await until("all messages", () => publishesOf(peer).length === 150);
  });
});

it("a QoS 1 message is not lowered to the QoS 0 of another filter", async () => {
  const server = await openPermissiveBroker();
  const filters = [
    { topic: "t/1", qos: 0 },
    { topic: "#", qos: 1 },
  ] as const;
  const peer = await openReader(server, 4, { filters: [...filters] });
  await publishAll(server, { payload: "x" });
  await received(peer);
  expect(
    publishesOf(peer)
      .map(({ qos }) => qos)
      .sort(),
  ).toEqual([0, 1]);
});
