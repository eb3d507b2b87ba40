import type { IConnackPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { expectWorking, openPermissiveBroker, subscribe } from "../testing/expect-working.ts";
import { codeOf, connectPacket, RawPeer } from "../testing/raw-peer.ts";
import { checkAnswerFits } from "./fit-packets.ts";
import { MalformedPacket } from "./inspect-packet.ts";

const wireLength = ({ length }: { length?: number }) => 2 + (length as number);

describe("the Maximum Packet Size of a client", () => {
  it.each([0, 1, 19])("%i is too small for a CONNACK: closed without one", async (maximumPacketSize) => {
    const server = await openPermissiveBroker();
    const peer = await RawPeer.open(server.port, 5);
    // Zero cannot be written by mqtt-packet's generator: it leaves it out.
    const bytes = peer.bytes(connectPacket(5, { properties: { maximumPacketSize: 77 } }));
    bytes.writeUInt32BE(maximumPacketSize, bytes.indexOf(Buffer.from([0x27, 0, 0, 0, 77])) + 1);
    peer.socket.write(bytes);
    await peer.closed;
    expect(peer.received).toEqual([]);
    expect(server.requests).toEqual([]);
    expect(server.broker.counters()).toMatchObject({ "guard.malformed_packet": 1 });
    await expectWorking(server);
  });

  it.each([
    ["with a client id", "client", 20],
    ["without one", "", 65],
  ])("that fits the longest CONNACK we send is enough, %s", async (_, clientId, maximumPacketSize) => {
    const server = await openPermissiveBroker();
    const properties = { maximumPacketSize, sessionExpiryInterval: 0xffffffff };
    const { connack, peer } = await RawPeer.connect(server.port, 5, { clientId, properties });
    expect(codeOf(connack)).toBe(0);
    const { sessionExpiryInterval, receiveMaximum, ...others } = (connack as IConnackPacket).properties ?? {};
    expect(others.maximumPacketSize).toBeGreaterThan(0);
    expect([sessionExpiryInterval, receiveMaximum]).not.toContain(undefined);
    expect(wireLength(connack)).toBeLessThanOrEqual(maximumPacketSize);
    await peer.settle();
  });

  it("that is too small for the answer to a SUBSCRIBE or UNSUBSCRIBE ends the client", async () => {
    const server = await openPermissiveBroker();
    const filters = Array.from({ length: 16 }, (_, index) => `f${index}`);
    const connect = () => RawPeer.connect(server.port, 5, { properties: { maximumPacketSize: 20 } });
    const { peer } = await connect();
    peer.send(subscribe(...filters.slice(1)));
    expect(wireLength(await peer.take("suback"))).toBe(20);
    peer.send({ cmd: "unsubscribe", messageId: 1, unsubscriptions: filters.slice(1) });
    expect(wireLength(await peer.take("unsuback"))).toBe(20);
    peer.send(subscribe(...filters));
    await peer.closed;
    const { peer: other } = await connect();
    other.send({ cmd: "unsubscribe", messageId: 1, unsubscriptions: filters });
    await other.closed;
    expect([...peer.received, ...other.received].map(({ cmd }) => cmd)).toEqual(["disconnect", "disconnect"]);
    await expectWorking(server);
  });
});

it("a client without one may ask for whatever it likes", () => {
  const unsubscriptions = Array.from({ length: 10_000 }, () => "t");
  expect(() =>
    checkAnswerFits({ cmd: "unsubscribe", unsubscriptions }, { maximumPacketSize: undefined }),
  ).not.toThrow();
  expect(() => checkAnswerFits({ cmd: "unsubscribe", unsubscriptions }, { maximumPacketSize: 10_007 })).not.toThrow();
  expect(() => checkAnswerFits({ cmd: "unsubscribe", unsubscriptions }, { maximumPacketSize: 10_005 })).toThrow(
    MalformedPacket,
  );
  expect(() => checkAnswerFits({ cmd: "connect", clientId: "" }, { maximumPacketSize: undefined })).not.toThrow();
});
