import type { Packet } from "mqtt-packet";
import { describe, it } from "vitest";
import {
  expectWorking,
  openPermissiveBroker as openBroker,
  publish,
  subscribe,
  versions,
} from "./testing/expect-working.ts";
import { connectPacket, RawPeer } from "./testing/raw-peer.ts";

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
