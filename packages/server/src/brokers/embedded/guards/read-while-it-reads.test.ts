import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Aedes } from "aedes";
import mqttPacket from "mqtt-packet";
import { expect, it, onTestFinished } from "vitest";
import { connectPacket } from "../testing/raw-peer.ts";
import { readWhileItReads } from "./read-while-it-reads.ts";

/** The broker's end of a connection whose peer reads only when it is told to. */
class PeerThatHolds extends Duplex {
  isHolding = false;
  #held: (() => void)[] = [];
  constructor() {
    super({ writableHighWaterMark: 16 * 1024 });
  }
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    if (this.isHolding) this.#held.push(done);
    else done();
  }
  release(): void {
    this.isHolding = false;
    for (const done of this.#held.splice(0)) done();
  }
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await nextTurn();
};

/** How many of ten packets with a long answer are worked on while the peer reads nothing, and then when it reads. */
async function packetsWorkedOn(guard: typeof readWhileItReads | undefined): Promise<number[]> {
  const aedes = await Aedes.createBroker();
  onTestFinished(() => new Promise((resolve) => aedes.close(resolve)));
  let worked = 0;
  aedes.on("unsubscribe", () => worked++);
  const socket = new PeerThatHolds();
  const client = aedes.handle(socket);
  guard?.(client, socket);
  const ready = new Promise((resolve) => aedes.once("clientReady", resolve));
  socket.push(mqttPacket.generate(connectPacket(5), { protocolVersion: 5 }));
  await ready;
  socket.isHolding = true;
  // Two answers are more than a stream takes before it asks to wait.
  const unsubscriptions = Array.from({ length: 10_000 }, () => "t");
  const packet = mqttPacket.generate({ cmd: "unsubscribe", messageId: 1, unsubscriptions }, { protocolVersion: 5 });
  for (let sent = 0; sent < 10; sent++) {
    socket.push(packet);
    await turns(5);
  }
  const whileUnread = worked;
  socket.release();
  await turns(100);
  socket.destroy();
  return [whileUnread, worked];
}

it("waits for the peer to read, where bare aedes goes on with every packet", async () => {
  expect(await packetsWorkedOn(undefined)).toEqual([10, 10]);
  expect(await packetsWorkedOn(readWhileItReads)).toEqual([2, 10]);
});

/** How many of ten packets, sent one after the other, are begun while the first is not done, and when it is. */
async function packetsBegun(guard: typeof readWhileItReads | undefined): Promise<number[]> {
  const held: (() => void)[] = [];
  let begun = 0;
  const aedes = await Aedes.createBroker({
    authorizePublish: (_client, _packet, done) => {
      begun++;
      held.push(() => done(null));
    },
  });
  onTestFinished(() => new Promise((resolve) => aedes.close(resolve)));
  const socket = new PeerThatHolds();
  const client = aedes.handle(socket);
  guard?.(client, socket);
  const ready = new Promise((resolve) => aedes.once("clientReady", resolve));
  socket.push(mqttPacket.generate(connectPacket(4)));
  await ready;
  const packet = mqttPacket.generate({ cmd: "publish", topic: "t", payload: "x", qos: 0, dup: false, retain: false });
  for (let sent = 0; sent < 10; sent++) {
    socket.push(packet);
    await turns(5);
  }
  const whileHeld = begun;
  while (held.length > 0) {
    for (const goOn of held.splice(0)) goOn();
    await turns(10);
  }
  socket.destroy();
  return [whileHeld, begun];
}

it("waits until what was read is done, where bare aedes goes on with every chunk", async () => {
  expect(await packetsBegun(undefined)).toEqual([10, 10]);
  expect(await packetsBegun(readWhileItReads)).toEqual([1, 10]);
});
