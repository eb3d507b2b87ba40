import type { IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { versions } from "./testing/expect-working.ts";
import { allow, eventsOf, openTestBroker, rights, until } from "./testing/open-test-broker.ts";
import { connectPeer, grantedTo, publishAll, topicsBefore } from "./testing/peers.ts";
import { codeOf, RawPeer } from "./testing/raw-peer.ts";

const openBroker = () =>
  openTestBroker({
    decideConnect: async ({ username }) =>
      allow(username, rights(...(username === "reader" ? ["#", "$SYS/#"] : ["devices/device/#"]))),
  });

describe.each(versions)("wills, MQTT version %i", (version) => {
  const withWill = (topic: string) => ({
    will: { topic, payload: Buffer.from("gone"), qos: 1 as const, retain: true },
  });

  it("fires one that the rights cover", async () => {
    const server = await openBroker();
    const reader = await connectPeer(server, 4, "reader");
    await grantedTo(reader, "#");
    const device = await connectPeer(server, version, "device", withWill("devices/device/state"));
    device.socket.destroy();
    expect(await reader.take("publish")).toMatchObject({ topic: "devices/device/state", payload: Buffer.from("gone") });
  });

  it("fires it also when the device is kicked", async () => {
    const server = await openBroker();
    const reader = await connectPeer(server, 4, "reader");
    await grantedTo(reader, "#");
    await connectPeer(server, version, "device", withWill("devices/device/state"));
    server.broker.kickDevice("device", "revoked");
    expect(await reader.take("publish")).toMatchObject({ topic: "devices/device/state" });
  });

  it("fires it to a client that also reads what the broker says of the disconnect", async () => {
    const server = await openBroker();
    const reader = await connectPeer(server, 4, "reader");
    await grantedTo(reader, "#", "$SYS/#");
    const device = await connectPeer(server, version, "device", withWill("devices/device/state"));
    device.socket.destroy();
    await until("the will", () =>
      reader.received.some((packet) => (packet as IPublishPacket).topic === "devices/device/state"),
    );
  });

  it("drops one that they do not cover, and says so", async () => {
    const server = await openBroker();
    const reader = await connectPeer(server, 4, "reader");
    await grantedTo(reader, "#");
    const device = await connectPeer(server, version, "device", withWill("devices/other/state"));
    device.socket.destroy();
    await until("the event", () => eventsOf(server, "publish_denied").length === 1);
    expect(eventsOf(server, "publish_denied")).toMatchObject([{ topic: "devices/other/state", qos: 1, will: true }]);
    const again = await connectPeer(server, version, "device");
    await publishAll(again, "devices/device/end");
    expect(await topicsBefore(reader, "devices/device/end")).toEqual([]);
  });

  it.each(["w/#", "#", "w/+/x", "$SYS/x/new/clients", ""])("refuses the topic '%s' at the CONNECT", async (topic) => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    // The generator writes no empty will topic: this one has its length set to 0.
    const bytes = peer.bytes({
      cmd: "connect",
      protocolId: version === 3 ? "MQIsdp" : "MQTT",
      protocolVersion: version,
      clientId: "c",
      username: "reader",
      clean: true,
      keepalive: 0,
      ...withWill(topic || "\u0001"),
    });
    peer.socket.write(topic === "" ? withEmptyTopic(bytes) : bytes);
    expect(codeOf((await peer.take("connack")) as never)).toBe(version === 5 ? 0x87 : 5);
    await peer.closed;
    expect(server.requests).toEqual([]);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "malformed_request", by: "broker" }]);
  });
});

/** Takes the one byte of the topic U+0001 out of a CONNECT of fewer than 128 bytes. */
function withEmptyTopic(bytes: Buffer): Buffer {
  const at = bytes.indexOf(Buffer.from([0, 1, 1]));
  const shorter = Buffer.concat([bytes.subarray(0, at), Buffer.from([0, 0]), bytes.subarray(at + 3)]);
  shorter.writeUInt8(shorter.readUInt8(1) - 1, 1);
  return shorter;
}

describe("wills of MQTT 5", () => {
  it("do not carry their delay to subscribers", async () => {
    const server = await openBroker();
    const reader = await connectPeer(server, 5, "reader");
    await grantedTo(reader, "#");
    const device = await connectPeer(server, 5, "device", {
      properties: { sessionExpiryInterval: 60 },
      will: {
        topic: "devices/device/state",
        payload: Buffer.from("gone"),
        qos: 0,
        retain: false,
        properties: { willDelayInterval: 1, contentType: "text/plain" },
      },
    });
    device.socket.destroy();
    const { properties } = (await reader.take("publish")) as IPublishPacket;
    expect(properties).toEqual({ contentType: "text/plain" });
  });
});
