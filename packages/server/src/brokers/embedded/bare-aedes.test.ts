import type { IPublishPacket, ISubackPacket, Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { dangerousPackets } from "./testing/dangerous-packets.ts";
import { connectPacket, RawPeer, type Version } from "./testing/raw-peer.ts";
import { startBareAedes } from "./testing/start-bare-aedes.ts";

const subscribe = (...filters: string[]): Packet => ({
  cmd: "subscribe",
  messageId: 7,
  subscriptions: filters.map((topic) => ({ topic, qos: 1 })),
});

const publish = (topic: string, more: Partial<IPublishPacket> = {}): IPublishPacket => ({
  cmd: "publish",
  topic,
  payload: "x",
  qos: 0,
  dup: false,
  retain: false,
  ...more,
});

async function connectAndSend(port: number, version: Version, ...packets: Packet[]): Promise<RawPeer> {
  const { peer } = await RawPeer.connect(port, version);
  peer.send(...packets);
  return peer;
}

// Each of these is the reason for a guard; the numbers are those of the list of defects.
describe("bare aedes (where one of these fails, this aedes no longer does it and its guard may go)", () => {
  it.each<[string, (port: number) => Promise<unknown>, string?]>([
    [
      "1 client id constructor",
      async (port) => (await RawPeer.open(port)).send(connectPacket(4, { clientId: "constructor" })),
    ],
    [
      "1 client id __proto__",
      async (port) => (await RawPeer.open(port)).send(connectPacket(4, { clientId: "__proto__" })),
    ],
    ["2 SUBSCRIBE to constructor", (port) => connectAndSend(port, 4, subscribe("constructor"))],
    [
      "2 UNSUBSCRIBE from constructor",
      (port) => connectAndSend(port, 4, { cmd: "unsubscribe", messageId: 1, unsubscriptions: ["constructor"] }),
    ],
    ["2 SUBSCRIBE to __proto__ and another", (port) => connectAndSend(port, 5, subscribe("__proto__", "a"))],
    [
      "2 a session with __proto__ and another filter that is resumed",
      async (port) => {
        const { peer } = await RawPeer.connect(port, 4, { clean: false });
        for (const filter of ["__proto__", "a"]) {
          peer.send(subscribe(filter));
          await peer.take("suback");
        }
        peer.socket.destroy();
        await RawPeer.connect(port, 4, { clean: false });
      },
    ],
    ["5 an exception in a hook", (port) => RawPeer.connect(port, 4), '{ authenticate() { throw new Error("hook") } }'],
  ])("%s: the process ends", async (_, attack, options) => {
    const { port, program } = await startBareAedes(options);
    await attack(port).catch(() => {});
    expect(await program.done).not.toBe(0);
  });

  it.each(dangerousPackets)("$name: it $bare", async ({ bytes, isConnect, bare }) => {
    const { port, program } = await startBareAedes();
    const { peer: subscriber } = await RawPeer.connect(port, 5, { clientId: "subscriber" });
    subscriber.send(subscribe("#"));
    await subscriber.take("suback");
    const attacker = isConnect ? await RawPeer.open(port, 5) : (await RawPeer.connect(port, 5)).peer;
    attacker.socket.write(bytes);
    if (isConnect) {
      await attacker.take("connack");
      attacker.socket.destroy();
    }
    if (bare === "ends the process") expect(await program.done).not.toBe(0);
    else if (bare === "ends a subscriber") await subscriber.closed;
    else if (bare === "ends the sender") await attacker.closed;
    else await Promise.all([attacker.settle(), subscriber.settle()]);
  });

  it("3 keeps a denied filter of a persistent session and delivers to it", async () => {
    const { port } = await startBareAedes(`{
      authorizeSubscribe: (client, filter, done) => done(null, filter.topic === "own" ? filter : null),
    }`);
    const { peer } = await RawPeer.connect(port, 4, { clean: false });
    peer.send(subscribe("own", "victim"));
    expect(((await peer.take("suback")) as ISubackPacket).granted).toEqual([1, 128]);
    peer.socket.destroy();
    const { peer: victim } = await RawPeer.connect(port, 4, { clientId: "victim" });
    victim.send(publish("victim", { qos: 1, messageId: 1 }));
    await victim.take("puback");
    await victim.settle();
    const { peer: back } = await RawPeer.connect(port, 4, { clean: false });
    expect(await back.take("publish")).toMatchObject({ topic: "victim" });
  });

  it("4 takes commands from $SYS topics once it has an authorizePublish", async () => {
    const { port } = await startBareAedes("{ authorizePublish: (client, packet, done) => done(null) }");
    const { peer: victim } = await RawPeer.connect(port, 4, { clientId: "victim" });
    await connectAndSend(port, 4, publish("$SYS/x/new/clients", { payload: "victim" }));
    await victim.closed;
  });

  it.each([
    ["6 authenticate that never calls back", "{ connectTimeout: 50, authenticate() {} }"],
    [
      "7 preConnect that says no without an error",
      "{ connectTimeout: 50, preConnect: (client, packet, done) => done(null, false) }",
    ],
  ])("%s: the socket stays", async (_, options) => {
    const { port } = await startBareAedes(options);
    const peer = await RawPeer.open(port);
    peer.send(connectPacket(4));
    const stays = new Promise((resolve) => setTimeout(resolve, 300, "stays"));
    expect(await Promise.race([peer.closed, stays])).toBe("stays");
  });

  it("8 loses a QoS 1 message that a QoS 0 message overtakes", async () => {
    const { port } = await startBareAedes(`{
      published(packet, client, done) {
        done(null);
        if (packet.topic !== "go") return;
        this.publish({ topic: "t", payload: "one", qos: 1 }, () => {});
        this.publish({ topic: "t", payload: "zero", qos: 0 }, () => {});
      },
    }`);
    const peer = await connectAndSend(port, 4, subscribe("t"));
    await peer.take("suback");
    peer.send(publish("go"));
    expect(await peer.take("publish")).toMatchObject({ payload: Buffer.from("zero") });
    for (let count = 0; count < 10; count++) await peer.settle();
    expect(peer.received).toEqual([]);
  });

  it("9 stops for everybody when 100 messages wait for one that does not read", async () => {
    const { port } = await startBareAedes();
    const lazy = await connectAndSend(port, 4, subscribe("flood"));
    await lazy.take("suback");
    lazy.socket.pause();
    const payload = Buffer.alloc(200_000);
    for (let index = 0; index < 150; index++) {
      const { peer } = await RawPeer.connect(port, 4, { clientId: `writer-${index}` });
      peer.send(publish("flood", { payload }));
    }
    const { peer } = await RawPeer.connect(port, 4, { clientId: "other" });
    peer.send(subscribe("other"));
    await peer.take("suback");
    peer.send(publish("other"));
    const nothing = new Promise((resolve) => setTimeout(resolve, 300, "nothing"));
    expect(await Promise.race([peer.take("publish"), nothing])).toBe("nothing");
  });

  it("10 has no limit on QoS 2 messages that are left open", async () => {
    const { port } = await startBareAedes("{ receiveMaximum: 2 }");
    const { peer } = await RawPeer.connect(port, 5);
    for (let messageId = 1; messageId <= 10; messageId++) {
      peer.send(publish("t", { qos: 2, messageId }));
      await peer.take("pubrec");
    }
  });

  it("11 has no limit on what is kept for a client that is away", async () => {
    const { port } = await startBareAedes();
    const { peer } = await RawPeer.connect(port, 4, { clean: false });
    peer.send(subscribe("t"));
    await peer.take("suback");
    peer.socket.destroy();
    const count = 5_000;
    const { peer: writer } = await RawPeer.connect(port, 4, { clientId: "writer" });
    for (let messageId = 1; messageId <= count; messageId++) writer.send(publish("t", { qos: 1, messageId }));
    for (let acknowledged = 0; acknowledged < count; acknowledged++) await writer.take("puback");
    await writer.settle();
    const { peer: back } = await RawPeer.connect(port, 4, { clean: false });
    for (let received = 0; received < count; received++) await back.take("publish");
  });

  it("12 sends more than Receive Maximum allows, and larger packets than Maximum Packet Size", async () => {
    const { port } = await startBareAedes();
    const properties = { receiveMaximum: 2, maximumPacketSize: 50 };
    const { peer } = await RawPeer.connect(port, 5, { properties });
    peer.send(subscribe("t"));
    await peer.take("suback");
    const { peer: writer } = await RawPeer.connect(port, 5, { clientId: "writer" });
    for (let messageId = 1; messageId <= 3; messageId++) {
      writer.send(publish("t", { qos: 1, messageId, payload: "x".repeat(100) }));
    }
    for (let received = 1; received <= 3; received++) await peer.take("publish");
  });

  it("12 does not send what waited to a session that is resumed for the last time", async () => {
    const { port } = await startBareAedes();
    const { peer } = await RawPeer.connect(port, 5, { clean: false, properties: { sessionExpiryInterval: 60 } });
    peer.send(subscribe("t"));
    await peer.take("suback");
    peer.socket.destroy();
    await peer.closed;
    const { peer: writer } = await RawPeer.connect(port, 5, { clientId: "writer" });
    writer.send(publish("t", { qos: 1, messageId: 1 }));
    await writer.take("puback");
    await writer.settle();
    const { peer: back, connack } = await RawPeer.connect(port, 5, { clean: false });
    expect(connack.sessionPresent).toBe(true);
    for (let times = 0; times < 5; times++) await back.settle();
    expect(back.received).toEqual([]);
  });

  it("13 takes a packet of 1 MB before it knows who sends it", async () => {
    const { port } = await startBareAedes("{ authenticate: (client, username, password, done) => done(null, true) }");
    const peer = await RawPeer.open(port, 5);
    peer.send(connectPacket(5, { will: { topic: "t", payload: Buffer.alloc(60_000), qos: 0, retain: false } }));
    await peer.take("connack");
    peer.send(publish("t", { payload: Buffer.alloc(1_000_000) }));
    await peer.settle();
  });

  it("14 publishes a will to a filter", async () => {
    const { port } = await startBareAedes();
    const subscriber = await connectAndSend(port, 4, subscribe("w/#"));
    await subscriber.take("suback");
    const { peer } = await RawPeer.connect(port, 4, {
      clientId: "c",
      will: { topic: "w/#", payload: Buffer.from("gone"), qos: 0, retain: false },
    });
    peer.socket.destroy();
    expect(await subscriber.take("publish")).toMatchObject({ topic: "w/#" });
  });

  it("15 answers filters that look like numbers first, and equal ones once", async () => {
    const { port } = await startBareAedes();
    const { peer } = await RawPeer.connect(port, 5);
    const granted = async (...wanted: [string, 0 | 1 | 2][]) => {
      peer.send({ cmd: "subscribe", messageId: 7, subscriptions: wanted.map(([topic, qos]) => ({ topic, qos })) });
      return ((await peer.take("suback")) as ISubackPacket).granted;
    };
    expect(await granted(["7", 1], ["3", 0])).toEqual([0, 1]);
    expect(await granted(["a", 1], ["a", 0], ["b", 2])).toEqual([0, 2]);
  });

  it("16 takes a client id with U+0000 and of 60 kB", async () => {
    const { port } = await startBareAedes();
    await RawPeer.connect(port, 4, { clientId: `a\0b` });
    await RawPeer.connect(port, 4, { clientId: "x".repeat(60_000) });
  });

  it("17 keeps a session of 3.1.1 beyond the time that sessions have", async () => {
    const { port } = await startBareAedes("{ sessionExpiryIntervalLimit: 1 }");
    const { peer } = await RawPeer.connect(port, 4, { clean: false });
    peer.send(subscribe("t"));
    await peer.take("suback");
    peer.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await RawPeer.connect(port, 4, { clean: false })).connack.sessionPresent).toBe(true);
  });

  it("17 acknowledges a message that is not stored yet", async () => {
    const { port } = await startBareAedes(`{
      persistence: Object.assign((await import("aedes-persistence")).default(), {
        outgoingEnqueueCombi: () => new Promise(() => {}),
      }),
    }`);
    const peer = await connectAndSend(port, 4, publish("t", { qos: 1, messageId: 1 }));
    await peer.take("puback");
  });

  it("23 delivers with a higher QoS than was granted for a wildcard: live, retained and queued", async () => {
    const { port } = await startBareAedes();
    const { peer } = await RawPeer.connect(port, 4);
    const { peer: kept } = await RawPeer.connect(port, 4, { clientId: "kept", clean: false });
    for (const each of [peer, kept]) {
      each.send(subscribe("t/#"));
      await each.take("suback");
    }
    kept.socket.destroy();
    const { peer: writer } = await RawPeer.connect(port, 4, { clientId: "writer" });
    writer.send(publish("t/1", { qos: 2, messageId: 1, retain: true }));
    await writer.take("pubrec");
    expect(await peer.take("publish")).toMatchObject({ qos: 2 });
    peer.send(subscribe("t/#"));
    expect(await peer.take("publish")).toMatchObject({ qos: 2, retain: true });
    const { peer: back } = await RawPeer.connect(port, 4, { clientId: "kept", clean: false });
    expect(await back.take("publish")).toMatchObject({ qos: 2 });
  });

  it("23 delivers with a lower QoS than was granted for a wildcard, if a filter equal to the topic has it", async () => {
    const { port } = await startBareAedes();
    const { peer } = await RawPeer.connect(port, 4);
    const subscriptions = [{ topic: "t", qos: 0 } as const, { topic: "#", qos: 1 } as const];
    peer.send({ cmd: "subscribe", messageId: 1, subscriptions });
    await peer.take("suback");
    const { peer: writer } = await RawPeer.connect(port, 4, { clientId: "writer" });
    writer.send(publish("t", { qos: 1, messageId: 1 }));
    expect(await peer.take("publish")).toMatchObject({ qos: 0 });
    for (let times = 0; times < 5; times++) await peer.settle();
    expect(peer.received.filter((packet) => packet.cmd === "publish" && packet.qos > 0)).toEqual([]);
  });

  it("closes an MQTT 5 client that is silent beyond its Keep Alive without a word", async () => {
    const { port } = await startBareAedes();
    const { peer } = await RawPeer.connect(port, 5, { keepalive: 1 });
    await peer.closed;
    expect(peer.received).toEqual([]);
  });

  it("closes a 3.1.1 client for a QoS 0 message it may not publish", async () => {
    const { port } = await startBareAedes('{ authorizePublish: (client, packet, done) => done(new Error("no")) }');
    const peer = await connectAndSend(port, 4, publish("t"));
    await peer.closed;
  });
});
