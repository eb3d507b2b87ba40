import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Aedes, type Client } from "aedes";
import mqttPacket from "mqtt-packet";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type AedesInternals,
  type Done,
  internalsOf,
  type PublishedPacket,
  type StoredPacket,
} from "../aedes-internals.ts";
import { openPermissiveBroker, publish, versions } from "../testing/expect-working.ts";
import { connectPacket, RawPeer } from "../testing/raw-peer.ts";
import { publishBeforeAck } from "./publish-before-ack.ts";

/** The order in which aedes works on a PUBLISH: authorize, acknowledge, publish. `isFull`: the socket takes nothing more. */
function openFakeAedes(options: { refuses?: boolean; fails?: boolean; isGuarded: boolean }) {
  const done: string[] = [];
  const aedes = {
    id: "broker",
    counter: 0,
    mq: {
      emit: (_: StoredPacket, finished?: Done) => {
        done.push("emitted");
        setImmediate(() => finished?.());
      },
    },
    authorizePublish: (_client: Client | null, _packet: PublishedPacket, answer: Done) =>
      answer(options.refuses ? new Error("refused") : null),
    publish(packet: PublishedPacket, _client: Client | null, finished?: Done) {
      if (options.fails) return finished?.(new Error("failed"));
      done.push("stored");
      aedes.mq.emit({ ...packet } as unknown as StoredPacket, finished);
    },
  };
  const inner = aedes as unknown as AedesInternals;
  if (options.isGuarded) publishBeforeAck(inner);
  const receive = async (packet: PublishedPacket, isFull = false) => {
    const client = { id: "publisher" } as Client;
    inner.authorizePublish(client, packet, (refusal) => {
      if (refusal) return void done.push(refusal.message);
      done.push("acknowledged");
      if (!isFull) inner.publish(packet, client, (error) => done.push(error ? "failed" : "finished"));
    });
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    return done;
  };
  return { receive };
}

const packet = (more: Partial<PublishedPacket> = {}): PublishedPacket => ({
  topic: "t",
  qos: 1,
  messageId: 1,
  ...more,
});

describe("a QoS 1 message", () => {
  it("is with its subscribers before it is acknowledged, where aedes does it the other way round", async () => {
    const order = ["stored", "emitted", "acknowledged", "finished"];
    expect(await openFakeAedes({ isGuarded: true }).receive(packet())).toEqual(order);
    expect(await openFakeAedes({ isGuarded: false }).receive(packet())).toEqual([
      "acknowledged",
      "stored",
      "emitted",
      "finished",
    ]);
  });

  it("is not lost when the publisher takes nothing more and goes", async () => {
    expect(await openFakeAedes({ isGuarded: true }).receive(packet(), true)).toEqual([
      "stored",
      "emitted",
      "acknowledged",
    ]);
    expect(await openFakeAedes({ isGuarded: false }).receive(packet(), true)).toEqual(["acknowledged"]);
  });

  it("is neither published nor acknowledged when it is refused, and not acknowledged when it fails", async () => {
    expect(await openFakeAedes({ isGuarded: true, refuses: true }).receive(packet())).toEqual(["refused"]);
    expect(await openFakeAedes({ isGuarded: true, fails: true }).receive(packet())).toEqual(["failed"]);
  });

  it("is published once", async () => {
    const { receive } = openFakeAedes({ isGuarded: true });
    await receive(packet());
    await receive(packet({ messageId: 2 }));
    expect((await receive(packet({ messageId: 3 }))).filter((text) => text === "emitted")).toHaveLength(3);
  });
});

/** What a publisher gets from aedes itself while the store does not come to an end. */
async function answersWhileStoring(guard: typeof publishBeforeAck | undefined): Promise<string[]> {
  const aedes = await Aedes.createBroker();
  onTestFinished(() => new Promise((resolve) => aedes.close(resolve)));
  const inner = internalsOf(aedes);
  guard?.(inner);
  inner.persistence.outgoingEnqueueCombi = () => new Promise(() => {});
  const answers: string[] = [];
  const parser = mqttPacket.parser();
  parser.on("packet", ({ cmd }) => answers.push(cmd));
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      parser.parse(chunk);
      done();
    },
  });
  aedes.handle(socket);
  socket.push(mqttPacket.generate(connectPacket(4)));
  socket.push(mqttPacket.generate(publish("t", { qos: 1, messageId: 1 })));
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  socket.destroy();
  return answers;
}

it("is not acknowledged before it is stored, by aedes itself", async () => {
  expect(await answersWhileStoring(undefined)).toEqual(["connack", "puback"]);
  expect(await answersWhileStoring(publishBeforeAck)).toEqual(["connack"]);
});

it.each([
  ["QoS 0", { qos: 0, messageId: undefined }],
  ["QoS 2", { qos: 2 }],
  ["a will with QoS 1", { messageId: undefined }],
])("%s is published as aedes does", async (_, more) => {
  const order = ["acknowledged", "stored", "emitted", "finished"];
  expect(await openFakeAedes({ isGuarded: true }).receive(packet(more))).toEqual(order);
});

it.each(versions)(
  "a publisher that reads nothing and goes loses nothing that it sent, MQTT version %i",
  async (version) => {
    const count = 3_000;
    const server = await openPermissiveBroker({ limits: { maxInFlight: 65_535 } });
    const { peer: reader } = await RawPeer.connect(server.port, version, { clientId: "reader" });
    reader.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "t", qos: 1 }] });
    await reader.take("suback");
    const { peer: writer } = await RawPeer.connect(server.port, version, { clientId: "writer" });
    writer.send(...Array.from({ length: count }, (_, index) => publish("t", { qos: 1, messageId: index + 1 })));
    const acknowledged = new Set<number>();
    while (acknowledged.size < 100) acknowledged.add((await writer.take("puback")).messageId as number);
    writer.socket.resetAndDestroy();
    await writer.closed;
    for (const { cmd, messageId } of writer.received) if (cmd === "puback") acknowledged.add(messageId as number);
    for (let times = 0; times < 5; times++) await reader.settle();
    expect(reader.received.length).toBeGreaterThanOrEqual(acknowledged.size);
  },
);
