import { randomUUID } from "node:crypto";
import type { IConnackPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { versions } from "./testing/expect-working.ts";
import { eventsOf, openTestBroker, until, untilEvents } from "./testing/open-test-broker.ts";
import { codeOf, connectPacket, RawPeer, type Version } from "./testing/raw-peer.ts";

describe("client ids", () => {
  it("assigns one before the decision and tells an MQTT 5 client", async () => {
    const server = await openTestBroker();
    const { connack } = await RawPeer.connect(server.port, 5, { clientId: "" });
    const assigned = connack.properties?.assignedClientIdentifier;
    expect(assigned).toMatch(/.{20}/);
    expect(server.requests.map(({ clientId }) => clientId)).toEqual([assigned]);
    await RawPeer.connect(server.port, 4, { clientId: "" });
    expect(server.requests[1]?.clientId).toMatch(/.{20}/);
    expect(server.requests[1]?.clientId).not.toBe(assigned);
  });

  it("refuses an empty one for a persistent session of MQTT 3.1.1 [MQTT-3.1.3-8]", async () => {
    const server = await openTestBroker();
    const peer = await RawPeer.open(server.port);
    const bytes = peer.bytes(connectPacket(4, { clientId: "" }));
    // The generator does not write this CONNECT: take Clean Session out of one that it writes.
    const flags = 9;
    bytes.writeUInt8(bytes.readUInt8(flags) & ~0b10, flags);
    peer.socket.write(bytes);
    expect(codeOf((await peer.take("connack")) as IConnackPacket)).toBe(2);
    await peer.closed;
    expect(server.requests).toEqual([]);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "bad_client_id", by: "broker" }]);
  });

  it("takes long ones also with MQTT 3.1", async () => {
    const server = await openTestBroker();
    const { connack } = await RawPeer.connect(server.port, 3, {
      clientId: `GID_test@@@02_00_00_00_00_01@@@${randomUUID()}`,
    });
    expect(codeOf(connack)).toBe(0);
  });

  it("gives the newest connection of a device the id, and ends the former", async () => {
    const server = await openTestBroker();
    const { peer: first } = await RawPeer.connect(server.port, 5, { clientId: "same" });
    const { peer: second } = await RawPeer.connect(server.port, 4, { clientId: "same" });
    expect(await first.take("disconnect")).toMatchObject({ reasonCode: 0x8e });
    await first.closed;
    const { peer: third } = await RawPeer.connect(server.port, 3, { clientId: "same" });
    await second.closed;
    await third.settle();
    expect(server.broker.connections()).toBe(1);
    expect((await untilEvents(server, "disconnected", 2)).map(({ reason }) => reason)).toEqual([
      "taken_over",
      "taken_over",
    ]);
  });

  it("leaves one of many that race for an id", async () => {
    const server = await openTestBroker();
    const peers = await Promise.all(
      Array.from(
        { length: 21 },
        async (_, index) =>
          (await RawPeer.connect(server.port, versions[index % 3] as Version, { clientId: "same" })).peer,
      ),
    );
    await until(
      "one left",
      () => server.broker.connections() === 1 && peers.filter(({ isClosed }) => !isClosed).length === 1,
    );
    const [last] = peers.filter(({ isClosed }) => !isClosed);
    await last?.settle();
    await RawPeer.connect(server.port, 4, { clientId: "same" });
    await last?.closed;
    expect(server.broker.connections()).toBe(1);
  });

  it("does not let another device take over", async () => {
    const server = await openTestBroker();
    const { peer: owner } = await RawPeer.connect(server.port, 4, { clientId: "same", username: "owner" });
    for (const version of versions) {
      const { connack } = await RawPeer.connect(server.port, version, { clientId: "same", username: "thief" });
      expect(codeOf(connack)).toBe(version === 5 ? 0x87 : 5);
    }
    await owner.settle();
    expect(eventsOf(server, "refused").map(({ reason }) => reason)).toEqual(Array(3).fill("client_id_in_use"));
  });
});
