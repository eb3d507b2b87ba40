import type { AclRule } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { versions } from "./testing/expect-working.ts";
import { allow, eventsOf, openTestBroker, rights, until, untilEvents } from "./testing/open-test-broker.ts";
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

/** A broker whose rights for the device can be changed, for its next CONNECT. */
async function openBroker(acl: AclRule[]) {
  const device = { acl };
  const server = await openTestBroker({
    decideConnect: async ({ username }) => allow(username, username === "device" ? device.acl : rights("#")),
  });
  const service = await connectPeer(server, 4, "service");
  await grantedTo(service, "more/#", "own/#");
  return { server, service, device };
}

const less = rights("own/#");
const more = rights("own/#", "more/#");

describe.each(versions)("rights, MQTT version %i", (version) => {
  const no = deniedFilter(version);

  it("that were taken away hold until the next CONNECT, then no more", async () => {
    const { server, service, device } = await openBroker(more);
    const peer = await connectPeer(server, version, "device", persistent);
    expect(await grantedTo(peer, "more/before", "own/end")).toEqual([1, 1]);
    device.acl = less;
    expect(await grantedTo(peer, "more/after")).toEqual([1]);
    await publishAll(peer, "more/still");
    await publishAll(service, "more/before", "more/after", "own/end");
    expect(await topicsBefore(peer, "own/end")).toEqual(["more/before", "more/after"]);
    await leave(server, peer);
    await publishAll(service, "more/before", "more/after");
    const back = await connectPeer(server, version, "device", persistent);
    await publishAll(back, "more/denied");
    expect(await grantedTo(back, "more/before")).toEqual([no]);
    await publishAll(service, "more/before", "more/after", "own/end");
    expect(await topicsBefore(back, "own/end")).toEqual([]);
    const seen = await topicsBefore(service, "own/end");
    expect(seen).toContain("more/still");
    expect(await topicsBefore(service, "own/end")).not.toContain("more/denied");
    expect(eventsOf(server, "publish_denied")).toMatchObject([{ topic: "more/denied" }]);
  });

  it("that were given hold from the next CONNECT on, not before", async () => {
    const { server, service, device } = await openBroker(less);
    const peer = await connectPeer(server, version, "device", persistent);
    expect(await grantedTo(peer, "more/#", "own/#")).toEqual([no, 1]);
    device.acl = more;
    expect(await grantedTo(peer, "more/#")).toEqual([no]);
    peer.send(publishPacket("more/denied", 1));
    await peer.take("puback");
    await publishAll(service, "more/1", "own/end");
    expect(await topicsBefore(peer, "own/end")).toEqual([]);
    await leave(server, peer);
    const back = await connectPeer(server, version, "device", persistent);
    // What was denied is not subscribed to by the rights that came later.
    await publishAll(service, "more/2", "own/end");
    expect(await topicsBefore(back, "own/end")).toEqual([]);
    expect(await grantedTo(back, "more/#")).toEqual([1]);
    await publishAll(back, "more/3", "own/end");
    expect(await topicsBefore(back, "own/end")).toEqual(["more/3"]);
    expect(await topicsBefore(service, "more/3")).not.toContain("more/denied");
  });

  it("for what is retained are those of now", async () => {
    const { server, service, device } = await openBroker(more);
    service.send(publishPacket("more/kept", 1, { retain: true }));
    await service.take("puback");
    const wide = [{ permission: "allow", action: "subscribe", topic: "eq +/#" } as const, ...less];
    device.acl = [{ permission: "deny", action: "subscribe", topic: "more/#" }, ...wide];
    const peer = await connectPeer(server, version, "device");
    expect(await grantedTo(peer, "+/#")).toEqual([1]);
    await publishAll(service, "own/end");
    expect(await topicsBefore(peer, "own/end")).toEqual([]);
    device.acl = wide;
    const again = await connectPeer(server, version, "device", { clientId: "again" });
    expect(await grantedTo(again, "+/#")).toEqual([1]);
    expect(await again.take("publish")).toMatchObject({ topic: "more/kept", retain: true });
  });

  it("of a will are those of its CONNECT", async () => {
    const { server, service, device } = await openBroker(more);
    const will = { topic: "more/state", payload: Buffer.from("gone"), qos: 1 as const, retain: false };
    const first = await connectPeer(server, version, "device", { will });
    device.acl = less;
    first.socket.destroy();
    await untilEvents(server, "disconnected", 1);
    const second = await connectPeer(server, version, "device", { will });
    device.acl = more;
    second.socket.destroy();
    await untilEvents(server, "disconnected", 2);
    await publishAll(service, "own/end");
    expect(await topicsBefore(service, "own/end")).toEqual(["more/state"]);
    expect(eventsOf(server, "publish_denied")).toMatchObject([{ topic: "more/state", will: true }]);
  });

  it("that are changed end the connection when the operator says so, and hold for the next one", async () => {
    const { server, service, device } = await openBroker(more);
    const peer = await connectPeer(server, version, "device", persistent);
    await grantedTo(peer, "more/#", "own/end");
    device.acl = less;
    expect(server.broker.kickDevice("device", "rights_changed")).toBe(1);
    if (version === 5) expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x98 });
    await peer.closed;
    await until("it is gone", () => server.broker.connections() === 1);
    await publishAll(service, "more/1");
    const back = await connectPeer(server, version, "device", persistent);
    await publishAll(service, "more/2", "own/end");
    expect(await topicsBefore(back, "own/end")).toEqual([]);
  });

  it("of a connection that another with the same client id replaces end with it", async () => {
    const { server, service, device } = await openBroker(more);
    const former = await connectPeer(server, version, "device", persistent);
    await grantedTo(former, "more/#");
    device.acl = less;
    const newer = await connectPeer(server, version, "device", persistent);
    if (version === 5) expect(await former.take("disconnect")).toMatchObject({ reasonCode: 0x8e });
    await former.closed;
    expect(await grantedTo(newer, "own/end")).toEqual([1]);
    await publishAll(service, "more/1", "own/end");
    expect(await topicsBefore(newer, "own/end")).toEqual([]);
    expect(former.received).toEqual([]);
  });
});
