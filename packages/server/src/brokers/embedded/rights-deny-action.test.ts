import { readFileSync } from "node:fs";
import type { IConnackPacket, Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { versions } from "./testing/expect-working.ts";
import { allow, eventsOf, openTestBroker, rights, untilEvents } from "./testing/open-test-broker.ts";
import {
  connectPeer,
  deniedFilter,
  grantedTo,
  leave,
  persistent,
  publishAll,
  publishPacket,
  topicsBefore,
} from "./testing/peers.ts";
import { codeOf, connectPacket, RawPeer } from "./testing/raw-peer.ts";

const acls = { device: rights("device/#"), service: rights("#") } as const;

const openBroker = (denyAction?: "ignore" | "disconnect") =>
  openTestBroker({
    decideConnect: async ({ username }) => allow(username, acls[username as keyof typeof acls]),
    ...(denyAction && { denyAction }),
  });

const subscribePacket = (...filters: string[]): Packet => ({
  cmd: "subscribe",
  messageId: 9,
  subscriptions: filters.map((topic) => ({ topic, qos: 1 })),
});

const deniedPackets: [string, () => Packet, "publish_denied" | "subscribe_denied"][] = [
  ["publish with QoS 0", () => publishPacket("other/1", 0), "publish_denied"],
  ["publish with QoS 1", () => publishPacket("other/1", 1), "publish_denied"],
  ["publish with QoS 2", () => publishPacket("other/1", 2), "publish_denied"],
  ["publish to a topic with $", () => publishPacket("$SYS/x/new/clients", 1), "publish_denied"],
  ["subscribe", () => subscribePacket("other/#"), "subscribe_denied"],
  ["subscribe beside what is allowed", () => subscribePacket("device/a", "other/#", "device/b"), "subscribe_denied"],
  ["subscribe to what is no filter", () => subscribePacket("a+"), "subscribe_denied"],
];

describe.each(versions)("denyAction: disconnect, MQTT version %i", (version) => {
  it.each(deniedPackets)("%s ends the connection, without an answer of its own", async (_, packet, event) => {
    const server = await openBroker("disconnect");
    const witness = await connectPeer(server, 4, "service");
    await grantedTo(witness, "#");
    const device = await connectPeer(server, version, "device");
    // What comes in the same chunk behind it is not worked on.
    device.send(publishPacket("device/before"), packet(), publishPacket("device/after", 1), { cmd: "pingreq" });
    if (version === 5) {
      const disconnect = await device.take("disconnect");
      expect(disconnect).toMatchObject({ reasonCode: 0x87 });
      expect(disconnect).not.toHaveProperty("properties.reasonString");
    }
    await device.closed;
    expect(device.received).toEqual([]);
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([
      { deviceId: "device", reason: "not_authorized" },
    ]);
    expect(eventsOf(server, event)).toHaveLength(1);
    await publishAll(witness, "end");
    expect(await topicsBefore(witness, "end")).toEqual(["device/before"]);
  });

  it("what is allowed goes on, and a device may come back", async () => {
    const server = await openBroker("disconnect");
    const first = await connectPeer(server, version, "device");
    first.send(publishPacket("other/1", 1));
    await first.closed;
    const device = await connectPeer(server, version, "device");
    expect(await grantedTo(device, "device/#")).toEqual([1]);
    await publishAll(device, "device/1", "device/end");
    expect(await topicsBefore(device, "device/end")).toEqual(["device/1"]);
  });

  it("a SUBSCRIBE with one denied filter stores none of its filters", async () => {
    const server = await openBroker("disconnect");
    const device = await connectPeer(server, version, "device", persistent);
    device.send(subscribePacket("device/a", "other/#"));
    await device.closed;
    await untilEvents(server, "disconnected", 1);
    const service = await connectPeer(server, 4, "service");
    await publishAll(service, "device/a");
    const again = await RawPeer.connect(server.port, version, {
      clientId: "device-id",
      username: "device",
      ...persistent,
    });
    expect(again.connack.sessionPresent).toBe(false);
    await publishAll(service, "device/a");
    await again.peer.settle();
    expect(again.peer.received).toEqual([]);
  });

  it("is no reason to refuse a CONNECT for its will, nor to end a connection when that would fire", async () => {
    const server = await openBroker("disconnect");
    const will = { topic: "other/state", payload: Buffer.from("gone"), qos: 0 as const, retain: false };
    const device = await connectPeer(server, version, "device", { will });
    await device.settle();
    device.socket.destroy();
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "connection_lost" }]);
    expect(eventsOf(server, "publish_denied")).toMatchObject([{ will: true }]);
  });

  it("holds for packets that came with the CONNECT", async () => {
    const server = await openBroker("disconnect");
    const peer = await RawPeer.open(server.port, version);
    peer.send(
      connectPacket(version, { username: "device" }),
      publishPacket("other/1", 1),
      publishPacket("device/after", 1),
    );
    expect(codeOf((await peer.take("connack")) as IConnackPacket)).toBe(0);
    if (version === 5) expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x87 });
    await peer.closed;
    expect(peer.received).toEqual([]);
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "not_authorized" }]);
  });

  it("does not end a device for a session whose filters its rights no longer cover", async () => {
    let acl = rights("device/#", "more/#");
    const server = await openTestBroker({ denyAction: "disconnect", decideConnect: async () => allow("device", acl) });
    const device = await connectPeer(server, version, "device", persistent);
    expect(await grantedTo(device, "device/#", "more/#")).toEqual([1, 1]);
    await leave(server, device);
    acl = rights("device/#");
    const again = await connectPeer(server, version, "device", persistent);
    await publishAll(again, "device/1");
    expect(await again.take("publish")).toMatchObject({ topic: "device/1" });
  });
});

interface Recorded {
  denials: {
    ignore: Record<"v4" | "v5", Record<string, string>>;
    disconnect: Record<"v4" | "v5", Record<"publish qos 0", string>> & { subscribe: { v5: string } };
  };
}
const fixture = new URL("../emqx/fixtures/acl-recorded.json", import.meta.url);
const { denials } = JSON.parse(readFileSync(fixture, "utf8")) as Recorded;

describe.each([4, 5] as const)("denyAction: ignore answers as EMQX does, MQTT version %i", (version) => {
  const recorded = denials.ignore[`v${version}`];
  it.each([undefined, "ignore"] as const)("option %s", async (denyAction) => {
    const server = await openBroker(denyAction);
    const device = await connectPeer(server, version, "device");
    const answered: Record<string, string> = {};
    const hex = (code: number | undefined) => `0x${(code ?? 0).toString(16).padStart(2, "0")}`;
    device.send(publishPacket("other/1", 0));
    await device.settle();
    answered["publish qos 0"] = device.received.length === 0 ? "nothing" : "something";
    device.send(publishPacket("other/1", 1));
    answered["publish qos 1"] = hex(((await device.take("puback")) as { reasonCode?: number }).reasonCode);
    device.send(publishPacket("other/1", 2));
    answered["publish qos 2"] = hex(((await device.take("pubrec")) as { reasonCode?: number }).reasonCode);
    answered["subscribe"] = hex((await grantedTo(device, "other/#"))[0] as number);
    expect(answered).toEqual(recorded);
    expect(answered["subscribe"]).toBe(hex(deniedFilter(version)));
    await device.settle();
  });
});

it("denyAction: disconnect ends as EMQX does", async () => {
  const server = await openBroker("disconnect");
  async function endOf(version: 4 | 5, packet: Packet): Promise<string> {
    const device = await connectPeer(server, version, "device");
    device.send(packet);
    await device.closed;
    const [last, ...more] = device.received as { cmd: string; reasonCode?: number }[];
    expect(more).toEqual([]);
    return last === undefined ? "closed" : `${last.cmd} 0x${last.reasonCode?.toString(16)}`;
  }
  const { subscribe, v4, v5 } = denials.disconnect;
  expect(await endOf(4, publishPacket("other/1"))).toBe(v4["publish qos 0"]);
  expect(await endOf(5, publishPacket("other/1"))).toBe(v5["publish qos 0"]);
  expect(await endOf(5, subscribePacket("other/#"))).toBe(subscribe.v5);
});
