import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Aedes } from "aedes";
import mqttPacket, { type Packet } from "mqtt-packet";
import { expect, it, onTestFinished } from "vitest";
import { acceptSocket } from "./accept-socket.ts";
import { internalsOf } from "./aedes-internals.ts";
import type { BrokerContext } from "./broker-context.ts";
import { Connections } from "./connections.ts";
import { createAedes } from "./create-aedes.ts";
import { resolveLimits } from "./embedded-broker-limits.ts";
import { Reporter } from "./reporter.ts";
import { StaleDecisions } from "./stale-decisions.ts";
import { publish } from "./testing/expect-working.ts";
import { allow, rights } from "./testing/open-test-broker.ts";
import { connectPacket } from "./testing/raw-peer.ts";

async function openAedes(): Promise<{ aedes: Aedes; context: BrokerContext }> {
  const opened = await createAedes({
    limits: resolveLimits(),
    nowMs: Date.now,
    decideConnect: async () => allow("device", rights("#")),
    denyAction: "ignore",
    connections: new Connections(),
    reporter: new Reporter(undefined, Date.now),
    staleDecisions: new StaleDecisions(),
    grantedFilters: new WeakSet(),
  });
  onTestFinished(() => new Promise((resolve) => opened.aedes.close(resolve)));
  return opened;
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await nextTurn();
};

/** A client without a socket; `answers` are the packets it has got. */
function openClient({ aedes, context }: { aedes: Aedes; context: BrokerContext }) {
  const answers: string[] = [];
  const parser = mqttPacket.parser();
  parser.on("packet", ({ cmd }) => answers.push(cmd));
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      parser.parse(chunk);
      done();
    },
  });
  acceptSocket(aedes, context, { stream, listener: "tcp", peerHost: "192.0.2.1" });
  return { answers, send: (packet: Packet) => stream.push(mqttPacket.generate(packet)) };
}

it("acknowledges no message before it is stored", async () => {
  const opened = await openAedes();
  const { persistence } = internalsOf(opened.aedes);
  const store = persistence.outgoingEnqueueCombi;
  persistence.outgoingEnqueueCombi = () => new Promise(() => {});
  const { answers, send } = openClient(opened);
  send(connectPacket(4));
  send(publish("t", { qos: 1, messageId: 1 }));
  await turns(30);
  expect(answers).toEqual(["connack"]);
  persistence.outgoingEnqueueCombi = store;
  const other = openClient(opened);
  other.send(connectPacket(4, { clientId: "other" }));
  other.send(publish("t", { qos: 1, messageId: 1 }));
  await turns(30);
  expect(other.answers).toEqual(["connack", "puback"]);
});

it("goes on with messages however many others are on their way", async () => {
  const { aedes } = await openAedes();
  const arrived: string[] = [];
  // A subscriber that never comes to an end with a message.
  aedes.subscribe(
    "stuck",
    () => {},
    () => {},
  );
  aedes.subscribe(
    "other",
    (packet, done) => {
      arrived.push(packet.topic);
      done();
    },
    () => {},
  );
  for (let count = 0; count < 1_000; count++) aedes.publish(publish("stuck") as never, () => {});
  aedes.publish(publish("other") as never, () => {});
  await turns(30);
  expect(arrived).toEqual(["other"]);
});
