import { Duplex } from "node:stream";
import { Aedes } from "aedes";
import mqttPacket, { type Packet } from "mqtt-packet";
import { expect, it, onTestFinished } from "vitest";
import { clientInternalsOf } from "../aedes-internals.ts";
import { connectPacket } from "../testing/raw-peer.ts";
import { neverTakeForDuplicate } from "./never-duplicate.ts";

/** What a subscriber gets when the broker publishes with QoS 1 and, in the same moment, with QoS 0. */
async function receivedOfTwo(guard: typeof neverTakeForDuplicate | undefined): Promise<string[]> {
  const aedes = await Aedes.createBroker();
  onTestFinished(() => new Promise((resolve) => aedes.close(resolve)));
  const received: string[] = [];
  const parser = mqttPacket.parser();
  parser.on("packet", (packet) => {
    if (packet.cmd === "publish") received.push(String(packet.payload));
  });
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      parser.parse(chunk);
      done();
    },
  });
  const client = aedes.handle(socket);
  guard?.(clientInternalsOf(client));
  const subscribed = new Promise((resolve) => aedes.once("subscribe", resolve));
  const filter: Packet = { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "t", qos: 1 }] };
  socket.push(Buffer.concat([mqttPacket.generate(connectPacket(4)), mqttPacket.generate(filter)]));
  await subscribed;
  const publish = (payload: string, qos: 0 | 1) =>
    new Promise<void>((resolve) => {
      aedes.publish({ cmd: "publish", topic: "t", payload, qos, retain: false, dup: false }, () => resolve());
    });
  await Promise.all([publish("one", 1), publish("zero", 0)]);
  socket.destroy();
  return received.sort();
}

it("loses neither message, where bare aedes loses the one with QoS 1", async () => {
  expect(await receivedOfTwo(undefined)).toEqual(["zero"]);
  expect(await receivedOfTwo(neverTakeForDuplicate)).toEqual(["one", "zero"]);
});
