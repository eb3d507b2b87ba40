import { describe, expect, it } from "vitest";
import { dangerousPackets } from "./testing/dangerous-packets.ts";
import { mutate, numbersFrom } from "./testing/mutate.ts";
import { allow, openTestBroker, rights, type TestBroker, until } from "./testing/open-test-broker.ts";
import { connectPacket, RawPeer, type Version } from "./testing/raw-peer.ts";

const versions = [3, 4, 5] as const satisfies Version[];

const openBroker = () =>
  openTestBroker({
    decideConnect: async ({ username }) => allow(username, rights("#")),
    // The witness acknowledges nothing.
    limits: { maxInFlight: 65_535 },
  });

/** A client of MQTT 5 that gets everything, and would be the first to suffer. */
async function openWitness(server: TestBroker): Promise<RawPeer> {
  const { peer } = await RawPeer.connect(server.port, 5, { clientId: "witness" });
  peer.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos: 2 }] });
  await peer.take("suback");
  return peer;
}

async function expectServed(server: TestBroker, witness: RawPeer): Promise<void> {
  await until("only the witness left", () => server.broker.connections() === 1);
  const { peer } = await RawPeer.connect(server.port, 4, { clientId: "honest" });
  peer.send({ cmd: "publish", topic: "proof", payload: "x", qos: 1, dup: false, retain: false, messageId: 1 });
  await peer.take("puback");
  await until("the proof", () =>
    witness.received.some((packet) => packet.cmd === "publish" && packet.topic === "proof"),
  );
  peer.socket.destroy();
  await until("only the witness left", () => server.broker.connections() === 1);
  await witness.settle();
}

describe("packets that aedes lets through", () => {
  it.each(dangerousPackets)("$name: ends the sender and nobody else", async ({ bytes, isConnect }) => {
    const server = await openBroker();
    const witness = await openWitness(server);
    const attacker = isConnect ? await RawPeer.open(server.port, 5) : (await RawPeer.connect(server.port, 5)).peer;
    attacker.socket.write(bytes);
    if (!isConnect) expect(await attacker.take("disconnect")).toMatchObject({ reasonCode: 0x82 });
    await attacker.closed;
    await expectServed(server, witness);
    expect(witness.received.map((packet) => packet.cmd === "publish" && packet.topic)).toEqual(["proof"]);
    expect(server.broker.counters()).toMatchObject({ "guard.malformed_packet": 1 });
    expect(server.requests).toHaveLength(isConnect ? 2 : 3);
  });

  it("are refused also right behind the CONNECT", async () => {
    const server = await openBroker();
    const witness = await openWitness(server);
    for (const { bytes } of dangerousPackets.filter(({ isConnect }) => !isConnect)) {
      const attacker = await RawPeer.open(server.port, 5);
      attacker.socket.write(Buffer.concat([attacker.bytes(connectPacket(5)), bytes]));
      await attacker.closed;
    }
    await expectServed(server, witness);
  });
});

/** Well-formed packets of a version, as the material of mutations. */
function packetsOf(peer: RawPeer): Buffer[] {
  const properties = {
    contentType: "a",
    responseTopic: "b",
    correlationData: Buffer.from("c"),
    userProperties: { d: ["e", "f"] },
    messageExpiryInterval: 9,
  };
  const five = peer.version === 5;
  return [
    peer.bytes({
      cmd: "publish",
      topic: "a/b",
      payload: "x",
      qos: 0,
      dup: false,
      retain: true,
      ...(five ? { properties } : {}),
    }),
    peer.bytes({
      cmd: "publish",
      topic: "a/b",
      payload: "x",
      qos: 2,
      dup: false,
      retain: false,
      messageId: 3,
      ...(five ? { properties } : {}),
    }),
    peer.bytes({
      cmd: "subscribe",
      messageId: 4,
      subscriptions: [
        { topic: "a/+", qos: 1, ...(five ? { nl: true, rap: true, rh: 1 } : {}) },
        { topic: "#", qos: 2 },
      ],
      ...(five ? { properties: { subscriptionIdentifier: 5 } } : {}),
    }),
    peer.bytes({ cmd: "unsubscribe", messageId: 6, unsubscriptions: ["a/+", "constructor"] }),
    peer.bytes({ cmd: "pubrel", messageId: 3, ...(five ? { reasonCode: 0, properties: { reasonString: "g" } } : {}) }),
    peer.bytes({ cmd: "puback", messageId: 7 }),
    peer.bytes({ cmd: "pingreq" }),
    peer.bytes({ cmd: "disconnect", ...(five ? { reasonCode: 4, properties: { sessionExpiryInterval: 5 } } : {}) }),
  ];
}

const fuzzedConnections = 600;

describe("random input", () => {
  it.each([
    ["random bytes", 0x1234567],
    ["changed CONNECTs", 0x2345671],
    ["changed packets behind a CONNECT", 0x3456712],
  ] as const)(`${fuzzedConnections} connections with %s end nobody else`, async (kind, seed) => {
    const server = await openBroker();
    const witness = await openWitness(server);
    const next = numbersFrom(seed);
    const attack = async (index: number) => {
      const version = versions[index % 3] as Version;
      const peer = await RawPeer.open(server.port, version);
      const connect = peer.bytes(
        connectPacket(version, {
          clientId: `fuzz-${index % 7}`,
          password: Buffer.from("word"),
          clean: index % 2 === 0,
          will: { topic: "a/will", payload: Buffer.from("gone"), qos: 1, retain: false },
          ...(version === 5
            ? { properties: { sessionExpiryInterval: 3, receiveMaximum: 4, userProperties: { a: "b" } } }
            : {}),
        }),
      );
      if (kind === "random bytes")
        peer.socket.write(Buffer.from(Array.from({ length: 1 + next(80) }, () => next(256))));
      else if (kind === "changed CONNECTs") peer.socket.write(mutate(connect, next));
      else
        peer.socket.write(
          Buffer.concat([connect, ...packetsOf(peer).map((bytes) => (next(2) === 0 ? mutate(bytes, next) : bytes))]),
        );
      // The answer, if there is to be one, and time for what follows it.
      await Promise.race([peer.closed, new Promise((resolve) => setTimeout(resolve, 40))]);
      peer.socket.destroy();
      await peer.closed;
    };
    const parallel = 30;
    for (let done = 0; done < fuzzedConnections; done += parallel) {
      await Promise.all(Array.from({ length: parallel }, (_, index) => attack(done + index)));
    }
    await expectServed(server, witness);
    expect(server.broker.counters()).not.toHaveProperty("guard.contained_exception");
    expect(server.broker.counters()).not.toHaveProperty("guard.broker_error");
  });
});
