import type { Decision } from "@connack/credentials";
import type { IPublishPacket, ISubackPacket, Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import {
  allow,
  eventsOf,
  openTestBroker,
  rights,
  type TestBroker,
  until,
  untilEvents,
} from "./testing/open-test-broker.ts";
import { codeOf, connectPacket, RawPeer, type Version } from "./testing/raw-peer.ts";

const versions = [3, 4, 5] as const satisfies Version[];

/** Names that every plain object of JavaScript has already. */
const inheritedNames = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"];

/** A broker that lets everybody do everything: what is refused here is refused by the guards. */
const openBroker = (options: Parameters<typeof openTestBroker>[0] = {}) =>
  openTestBroker({ decideConnect: async ({ username }) => allow(username, rights("#", "$SYS/#")), ...options });

/** Waits until only so many clients are left, and proves that a legitimate one of each version is served. */
async function expectWorking(server: TestBroker, others = 0): Promise<void> {
  await until("everybody else gone", () => server.broker.connections() === others);
  for (const version of versions) {
    const { peer, connack } = await RawPeer.connect(server.port, version, { clientId: `honest-${version}` });
    expect(codeOf(connack)).toBe(0);
    peer.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "honest/+", qos: 1 }] });
    expect(await peer.take("suback")).toMatchObject({ granted: [1] });
    peer.send(publish("honest/topic", { qos: 1, messageId: 1 }));
    expect(await peer.take("publish")).toMatchObject({ topic: "honest/topic" });
    peer.socket.destroy();
    await until("the honest one gone", () => server.broker.connections() === others);
  }
}

const publish = (topic: string, more: Partial<IPublishPacket> = {}): IPublishPacket => ({
  cmd: "publish",
  topic,
  payload: "x",
  qos: 0,
  dup: false,
  retain: false,
  ...more,
});

const subscribe = (...filters: string[]): Packet => ({
  cmd: "subscribe",
  messageId: 7,
  subscriptions: filters.map((topic) => ({ topic, qos: 1 })),
});

/** The bytes with the first occurrence of one text replaced by another of the same length. */
function altered(bytes: Buffer, from: string | Buffer, to: string | Buffer): Buffer {
  const at = bytes.indexOf(from);
  expect(at).toBeGreaterThan(-1);
  expect(Buffer.from(to as string)).toHaveLength(Buffer.from(from as string).length);
  Buffer.from(to as string).copy(bytes, at);
  return bytes;
}

describe.each(versions)("names of every object, MQTT version %i", (version) => {
  it.each(inheritedNames)("%s is a client id like any other", async (name) => {
    const server = await openBroker();
    for (const clean of [true, false, true]) {
      const { peer, connack } = await RawPeer.connect(server.port, version, { clientId: name, clean });
      expect(codeOf(connack)).toBe(0);
      peer.send(subscribe("t"));
      await peer.take("suback");
      peer.send(publish("t"));
      expect(await peer.take("publish")).toMatchObject({ topic: "t" });
      expect(server.broker.connections()).toBe(1);
    }
    expect(server.broker.kickDevice("device", "revoked")).toBe(1);
    await expectWorking(server);
  });

  it.each([true, false])(
    "they are filters like any other, but that __proto__ cannot stand with others; clean session: %s",
    async (clean) => {
      const server = await openBroker();
      const { peer } = await RawPeer.connect(server.port, version, { clean });
      for (const name of inheritedNames) {
        peer.send(subscribe(name));
        const [granted] = ((await peer.take("suback")) as ISubackPacket).granted;
        if (granted === 1) {
          peer.send(publish(name));
          expect(await peer.take("publish")).toMatchObject({ topic: name });
        } else expect(name).toBe("__proto__");
        peer.send({ cmd: "unsubscribe", messageId: 8, unsubscriptions: [name, "never"] });
        await peer.take("unsuback");
      }
      peer.send(subscribe(...inheritedNames, "a"));
      const no = version === 5 ? 0x87 : 0x80;
      expect(await peer.take("suback")).toMatchObject({ granted: [no, 1, 1, 1, 1, 1, 1] });
      peer.send(publish("a"), { cmd: "unsubscribe", messageId: 8, unsubscriptions: inheritedNames });
      await peer.take("unsuback");
      await peer.take("publish");
      peer.socket.destroy();
      await expectWorking(server);
    },
  );

  it("nor do they harm right behind the CONNECT", async () => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    peer.send(connectPacket(version), subscribe("__proto__", "a", "constructor"), publish("a"));
    expect(await peer.take("suback")).toMatchObject({ granted: [version === 5 ? 0x87 : 0x80, 1, 1] });
    expect(await peer.take("publish")).toMatchObject({ topic: "a" });
    peer.socket.destroy();
    await expectWorking(server);
  });
});

describe.each(versions)("the order of packets, MQTT version %i", (version) => {
  it.each<[string, (peer: RawPeer) => Packet[]]>([
    ["a second CONNECT", () => [connectPacket(version), connectPacket(version)]],
    ["SUBSCRIBE first", () => [subscribe("t")]],
    ["PUBLISH first", () => [publish("t")]],
    ["PINGREQ first", () => [{ cmd: "pingreq" }]],
    [
      "a CONNACK",
      () => [connectPacket(version), { cmd: "connack", returnCode: 0, reasonCode: 0, sessionPresent: false }],
    ],
    ["a PINGRESP", () => [connectPacket(version), { cmd: "pingresp" }]],
    ["a SUBACK", () => [connectPacket(version), { cmd: "suback", messageId: 1, granted: [0] }]],
  ])("%s ends the connection", async (_, packets) => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    peer.send(...packets(peer));
    await peer.closed;
    const slow = await RawPeer.open(server.port, version);
    for (const packet of packets(slow)) {
      slow.send(packet);
      if (packet.cmd === "connect") await Promise.race([slow.take("connack"), slow.closed]).catch(() => {});
    }
    await slow.closed;
    await expectWorking(server);
  });

  it("more packets right behind the CONNECT than can wait end the connection", async () => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    peer.send(connectPacket(version), ...Array.from({ length: 60 }, () => publish("t")));
    await peer.closed;
    await expectWorking(server);
  });
});

describe("peers that do not go on", () => {
  it.each([
    ["no CONNECT", ""],
    ["half a CONNECT", connectPacketBytes(4).subarray(0, 12)],
    ["half a header", Buffer.from([0x10])],
  ])("%s: closed after the time for it", async (_, bytes) => {
    const server = await openBroker({ limits: { connectTimeoutMs: 100 } });
    const peer = await RawPeer.open(server.port);
    peer.socket.write(bytes);
    await peer.closed;
    expect(server.broker.counters()).toMatchObject({ "guard.connect_timeout": 1 });
    await expectWorking(server);
  });

  it("one that does not read is cut, and stops nobody else meanwhile", async () => {
    const server = await openBroker({ limits: { drainTimeoutMs: 3_000 } });
    const { peer: lazy } = await RawPeer.connect(server.port, 4, { clientId: "lazy" });
    lazy.send(subscribe("flood"));
    await lazy.take("suback");
    lazy.socket.pause();
    const { peer: flood } = await RawPeer.connect(server.port, 4, { clientId: "flood" });
    const big = flood.bytes(publish("flood", { payload: Buffer.alloc(200_000) }));
    // Enough to fill the buffers of the kernel, then more messages than aedes by default works on at once.
    for (let count = 0; count < 60; count++) flood.socket.write(big);
    const small = Array.from({ length: 150 }, () => flood.bytes(publish("flood")));
    flood.socket.write(Buffer.concat(small));
    await expectWorking(server, 2);
    await until("the lazy one cut", () => server.broker.connections() === 1);
    expect(eventsOf(server, "disconnected").find(({ clientId }) => clientId === "lazy")).toMatchObject({
      reason: "too_slow",
    });
  });

  it("one that is silent beyond its Keep Alive is cut", async () => {
    const server = await openBroker();
    const { peer } = await RawPeer.connect(server.port, 5, { keepalive: 1 });
    await peer.closed;
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "keep_alive_timeout" }]);
  });
});

function connectPacketBytes(version: Version): Buffer {
  return RawPeer.prototype.bytes.call({ version } as RawPeer, connectPacket(version));
}

describe.each(versions)("decideConnect, MQTT version %i", (version) => {
  it.each<[string, () => Promise<Decision>, string]>([
    [
      "throws",
      () => {
        throw new Error("thrown");
      },
      "decide_failed",
    ],
    ["rejects", () => Promise.reject(new Error("rejected")), "decide_failed"],
    ["rejects with nothing", () => Promise.reject(), "decide_failed"],
    ["never answers", () => new Promise(() => {}), "decide_timeout"],
    ["answers nothing", async () => undefined as never, "decide_failed"],
    ["answers true", async () => true as never, "decide_failed"],
    ["allows nobody", async () => ({ ...allow(""), acl: [] }), "decide_failed"],
    ["allows without rights", async () => ({ ...allow("device"), acl: undefined }) as never, "decide_failed"],
    ["expires at NaN", async () => allow("device", [], { expireAtSeconds: Number.NaN }), "decide_failed"],
  ])("%s: refused", async (_, decideConnect, guard) => {
    const server = await openBroker({ decideConnect, limits: { decideTimeoutMs: 100 } });
    const { connack, peer } = await RawPeer.connect(server.port, version);
    expect(codeOf(connack)).toBe(version === 5 ? 0x87 : 5);
    expect(connack.properties).toBeUndefined();
    await peer.closed;
    expect(server.broker.connections()).toBe(0);
    expect(server.broker.counters()).toMatchObject({ refused: 1, [`guard.${guard}`]: 1 });
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "internal_error" }]);
  });

  it("may answer after the peer has left", async () => {
    let answer = (_: Decision) => {};
    const server = await openBroker({
      decideConnect: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const peer = await RawPeer.open(server.port, version);
    peer.send(connectPacket(version));
    await until("the question", () => server.requests.length === 1);
    peer.socket.resetAndDestroy();
    await peer.closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    answer(allow("device"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.broker.connections()).toBe(0);
    expect(server.broker.kickDevice("device", "revoked")).toBe(0);
  });
});

describe.each(versions)("text that is none, MQTT version %i", (version) => {
  const connectWith = (more: object) =>
    connectPacket(version, {
      clientId: "client-ABC",
      username: "user-ABC",
      password: Buffer.from("word-ABC"),
      ...more,
    });

  it.each([
    ["password", "word-ABC", "word-\xff\xfe\xfd"],
    ["user name", "user-ABC", "user-\xff\xfe\xfd"],
    ["client id", "client-ABC", "client-\xff\xfe\xfd"],
    ["password with an overlong form", "word-ABC", "word-A\xc0\x80"],
  ])("%s: refused without asking", async (_, from, to) => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    peer.socket.write(altered(peer.bytes(connectWith({})), from, Buffer.from(to, "latin1")));
    expect(codeOf((await peer.take("connack")) as never)).toBe(version === 5 ? 0x86 : 4);
    await peer.closed;
    expect(server.requests).toEqual([]);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "malformed_request", by: "broker" }]);
  });

  it.each([
    ["too long a client id", { clientId: "x".repeat(257) }, "bad_client_id", 4],
    ["U+0000 in the client id", { clientId: "a\0b" }, "bad_client_id", 4],
    ["a line break in the client id", { clientId: "a\nb" }, "bad_client_id", 4],
    ["too long a user name", { username: "x".repeat(2049) }, "request_too_large", 5],
    ["too long a password", { password: Buffer.alloc(8193, "x") }, "request_too_large", 5],
  ] as const)("%s: refused without asking", async (_, more, reason, code) => {
    const server = await openBroker();
    const { connack, peer } = await RawPeer.connect(server.port, version, connectWith(more));
    expect(codeOf(connack)).toBe(version === 5 ? code + 0x82 : code);
    await peer.closed;
    expect(server.requests).toEqual([]);
    const [event] = eventsOf(server, "refused");
    expect(event).toMatchObject({ reason, by: "broker" });
    expect(event?.clientId.length).toBeLessThanOrEqual(256);
    expect(event?.clientId).not.toMatch(/\p{Cc}/u);
  });

  it("a BOM at the start of a password is part of it", async () => {
    const server = await openBroker();
    await RawPeer.connect(server.port, version, { password: Buffer.from("\ufeffsecret") });
    expect(server.requests[0]?.password).toBe("\ufeffsecret");
  });

  it.each([
    ["topic", publish("topic-ABC")],
    ["filter", subscribe("topic-ABC", "other")],
    ["filter to leave", { cmd: "unsubscribe", messageId: 9, unsubscriptions: ["topic-ABC"] } as Packet],
  ])("%s: ends the connection", async (_, packet) => {
    for (const text of ["topic-\xff\xfe\xfd", "topic-\0BC"]) {
      const server = await openBroker();
      const { peer } = await RawPeer.connect(server.port, version);
      peer.socket.write(altered(peer.bytes(packet), "topic-ABC", Buffer.from(text, "latin1")));
      if (version === 5) expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x82 });
      await peer.closed;
      expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "malformed_packet" }]);
      await expectWorking(server);
    }
  });
});

describe("what is too much", () => {
  const tooLarge = (first: number, length: number) =>
    Buffer.from([
      first,
      0x80 | (length & 0x7f),
      0x80 | ((length >> 7) & 0x7f),
      0x80 | ((length >> 14) & 0x7f),
      length >> 21,
    ]);

  it.each(versions)("a packet of 30 MB, MQTT version %i: cut at its header", async (version) => {
    const server = await openBroker();
    const { peer } = await RawPeer.connect(server.port, version);
    peer.socket.write(tooLarge(0x30, 30_000_000));
    if (version === 5) expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x95 });
    await peer.closed;
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "packet_too_large" }]);
    expect(server.broker.counters()).toMatchObject({ "guard.packet_too_large": 1 });
    await expectWorking(server);
  });

  it("a CONNECT larger than it may be: cut at its header, or when it came in one piece", async () => {
    const server = await openBroker();
    const stranger = await RawPeer.open(server.port);
    stranger.socket.write(tooLarge(0x10, 33_000));
    await stranger.closed;
    const other = await RawPeer.open(server.port);
    other.send(connectPacket(4, { will: { topic: "t", payload: Buffer.alloc(40_000), qos: 0, retain: false } }));
    await other.closed;
    expect(server.requests).toEqual([]);
    expect(server.broker.counters()).toMatchObject({ "guard.malformed_packet": 2 });
    const { peer } = await RawPeer.connect(server.port, 4, {
      will: { topic: "t", payload: Buffer.alloc(20_000), qos: 0, retain: false },
    });
    peer.send(publish("t", { payload: Buffer.alloc(200_000) }));
    await peer.settle();
  });

  it("connections: the next one is closed at once", async () => {
    const server = await openBroker({ limits: { maxConnections: 2 } });
    const [first] = await Promise.all([RawPeer.open(server.port), RawPeer.connect(server.port, 4)]);
    const third = await RawPeer.open(server.port);
    await third.closed;
    expect(server.broker.counters()).toMatchObject({ "guard.too_many_connections": 1 });
    first.socket.destroy();
    await first.closed;
    await until("room", () => server.broker.connections() === 1);
    await expectWorking(server, 1);
  });

  it("retained messages: delivered, but not kept", async () => {
    const server = await openBroker({ limits: { maxRetainedMessages: 2 } });
    const { peer } = await RawPeer.connect(server.port, 4);
    peer.send(subscribe("r/#"));
    for (const topic of ["r/1", "r/2", "r/3"]) peer.send(publish(topic, { retain: true }));
    for (const topic of ["r/1", "r/2", "r/3"]) expect(await peer.take("publish")).toMatchObject({ topic });
    const { peer: later } = await RawPeer.connect(server.port, 4, { clientId: "later" });
    later.send(subscribe("r/#"), publish("r/end"));
    await until("the end", () => later.received.some((packet) => (packet as IPublishPacket).topic === "r/end"));
    expect(server.broker.counters()).toMatchObject({ "guard.retained_full": 1 });
    await until("both", () => later.received.filter(({ cmd }) => cmd === "publish").length === 3);
  });
});

describe("the level of a Mosquitto bridge", () => {
  it.each([3, 4] as const)("0x8%i is answered with code 1", async (version) => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    const bytes = peer.bytes(connectPacket(version));
    const name = version === 3 ? "MQIsdp" : "MQTT";
    peer.socket.write(
      altered(bytes, `${name}${String.fromCharCode(version)}`, Buffer.from([...Buffer.from(name), 0x80 | version])),
    );
    expect(codeOf((await peer.take("connack")) as never)).toBe(1);
    await peer.closed;
    expect(server.requests).toEqual([]);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "malformed_request", by: "broker" }]);
  });
});
