import type { Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import {
  altered,
  expectWorking,
  openPermissiveBroker as openBroker,
  publish,
  subscribe,
  versions,
} from "./testing/expect-working.ts";
import { eventsOf, untilEvents } from "./testing/open-test-broker.ts";
import { codeOf, connectPacket, RawPeer } from "./testing/raw-peer.ts";

describe.each(versions)("text that is none, MQTT version %i", (version) => {
  const connectWith = (more: object) =>
    connectPacket(version, {
      clientId: "client-ABC",
      username: "user-ABC",
      password: Buffer.from("word-ABC"),
      ...more,
    });

  it.each([
    ["password", "word-ABC", "word-\xff\xfe\xfd"],
    ["user name", "user-ABC", "user-\xff\xfe\xfd"],
    ["client id", "client-ABC", "client-\xff\xfe\xfd"],
    ["password with an overlong form", "word-ABC", "word-A\xc0\x80"],
  ])("%s: refused without asking", async (_, from, to) => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    peer.socket.write(altered(peer.bytes(connectWith({})), from, Buffer.from(to, "latin1")));
    expect(codeOf((await peer.take("connack")) as never)).toBe(version === 5 ? 0x86 : 4);
    await peer.closed;
    expect(server.requests).toEqual([]);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "malformed_request", by: "broker" }]);
  });

  it.each([
    ["too long a client id", { clientId: "x".repeat(257) }, "bad_client_id", 4],
    ["U+0000 in the client id", { clientId: "a\0b" }, "bad_client_id", 4],
    ["a line break in the client id", { clientId: "a\nb" }, "bad_client_id", 4],
    ["too long a user name", { username: "x".repeat(2049) }, "request_too_large", 5],
    ["too long a password", { password: Buffer.alloc(8193, "x") }, "request_too_large", 5],
  ] as const)("%s: refused without asking", async (_, more, reason, code) => {
    const server = await openBroker();
    const { connack, peer } = await RawPeer.connect(server.port, version, connectWith(more));
    expect(codeOf(connack)).toBe(version === 5 ? code + 0x82 : code);
    await peer.closed;
    expect(server.requests).toEqual([]);
    const [event] = eventsOf(server, "refused");
    expect(event).toMatchObject({ reason, by: "broker" });
    expect(event?.clientId.length).toBeLessThanOrEqual(256);
    expect(event?.clientId).not.toMatch(/\p{Cc}/u);
  });

  it("a BOM at the start of a password is part of it", async () => {
    const server = await openBroker();
    await RawPeer.connect(server.port, version, { password: Buffer.from("\ufeffsecret") });
    expect(server.requests[0]?.password).toBe("\ufeffsecret");
  });

  it.each([
    ["topic", publish("topic-ABC")],
    ["filter", subscribe("topic-ABC", "other")],
    ["filter to leave", { cmd: "unsubscribe", messageId: 9, unsubscriptions: ["topic-ABC"] } as Packet],
  ])("%s: ends the connection", async (_, packet) => {
    for (const text of ["topic-\xff\xfe\xfd", "topic-\0BC"]) {
      const server = await openBroker();
      const { peer } = await RawPeer.connect(server.port, version);
      peer.socket.write(altered(peer.bytes(packet), "topic-ABC", Buffer.from(text, "latin1")));
      if (version === 5) expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x82 });
      await peer.closed;
      expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "malformed_packet" }]);
      await expectWorking(server);
    }
  });
});

describe("the level of a Mosquitto bridge", () => {
  it.each([3, 4] as const)("0x8%i is answered with code 1", async (version) => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    const bytes = peer.bytes(connectPacket(version));
    const name = version === 3 ? "MQIsdp" : "MQTT";
    peer.socket.write(
      altered(
        bytes,
        `${name}${String.fromCharCode(version)}`,
        Buffer.from(`${name}${String.fromCharCode(0x80 | version)}`, "latin1"),
      ),
    );
    expect(codeOf((await peer.take("connack")) as never)).toBe(1);
    await peer.closed;
    expect(server.requests).toEqual([]);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "malformed_request", by: "broker" }]);
  });
});
