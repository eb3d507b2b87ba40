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
describe("bare aedes", () => {
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

  it("10 has no limit on QoS 2 messages that are left open", async () => {
    const { port } = await startBareAedes("{ receiveMaximum: 2 }");
    const { peer } = await RawPeer.connect(port, 5);
    for (let messageId = 1; messageId <= 10; messageId++) {
      peer.send(publish("t", { qos: 2, messageId }));
      await peer.take("pubrec");
    }
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

  it("16 takes a client id with U+0000 and of 60 kB", async () => {
    const { port } = await startBareAedes();
    await RawPeer.connect(port, 4, { clientId: `a\0b` });
    await RawPeer.connect(port, 4, { clientId: "x".repeat(60_000) });
  });

  it("closes a 3.1.1 client for a QoS 0 message it may not publish", async () => {
    const { port } = await startBareAedes('{ authorizePublish: (client, packet, done) => done(new Error("no")) }');
    const peer = await connectAndSend(port, 4, publish("t"));
    await peer.closed;
  });
});
