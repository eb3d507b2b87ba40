import type { IConnectPacket, IPublishPacket, Packet } from "mqtt-packet";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConnectRefused, type IncomingMessage } from "./connection.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { openConnection } from "./open-connection.ts";
import { outgoingMessage } from "./outgoing-message.ts";
import { kindAnswer, type PacketBroker, startPacketBroker } from "./testing/packet-broker.ts";

const credentials = { clientId: "sensor-1", username: "user", password: "pass" };
const versions = [4, 5] as const;

async function brokerWith(...args: Parameters<typeof startPacketBroker>): Promise<PacketBroker> {
  const broker = await startPacketBroker(...args);
  onTestFinished(() => broker.close());
  return broker;
}

function options(
  broker: PacketBroker,
  protocolVersion: 4 | 5,
  more: Partial<ConnectionOptions> = {},
): ConnectionOptions {
  return {
    url: broker.url,
    protocolVersion,
    keepAliveSeconds: 60,
    timeoutSeconds: 5,
    willDelaySeconds: 10,
    sessionExpirySeconds: 3600,
    ...more,
  };
}

async function connect(broker: PacketBroker, version: 4 | 5, more: Partial<ConnectionOptions> = {}) {
  const messages: IncomingMessage[] = [];
  const connection = await openConnection(options(broker, version, more), credentials, (each) => messages.push(each));
  onTestFinished(() => connection.destroy());
  const [peer] = broker.peers.slice(-1);
  if (!peer) throw new Error("nobody came");
  return { connection, messages, peer };
}

const commands = (packets: Packet[]) => packets.map(({ cmd }) => cmd);
const text = (payload: Uint8Array) => new TextDecoder().decode(payload);

describe.each(versions)("MQTT version %i", (version) => {
  const isV5 = version === 5;

  it("asks for its session, with the will as text or bytes, and says how long both outlive it", async () => {
    const broker = await brokerWith(version);
    for (const payload of ["gone: ü", new TextEncoder().encode("gone: ü")]) {
      const { peer, connection } = await connect(broker, version, {
        will: outgoingMessage({ topic: "will", payload }),
      });
      const [packet] = peer.packets as [IConnectPacket];
      expect(packet).toMatchObject({ clean: false, clientId: "sensor-1", username: "user", keepalive: 60 });
      expect(String(packet.password)).toBe("pass");
      expect(packet.will).toMatchObject({ topic: "will", qos: 1, retain: false });
      expect(text(packet.will?.payload as Buffer)).toBe("gone: ü");
      expect(packet.properties?.sessionExpiryInterval).toBe(isV5 ? 3600 : undefined);
      expect(packet.will?.properties?.willDelayInterval).toBe(isV5 ? 10 : undefined);
      expect(connection.sessionPresent).toBe(true);
    }
  });

  it("rejects with the code of a refusal, and leaves no socket", async () => {
    const code = isV5 ? 0x86 : 5;
    const broker = await brokerWith(version, () => ({
      cmd: "connack",
      reasonCode: code,
      returnCode: code,
      sessionPresent: false,
    }));
    const refused = await connect(broker, version).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConnectRefused);
    expect(refused).toMatchObject({ code });
    await expect.poll(() => broker.peers.map(({ isOpen }) => isOpen)).toEqual([false]);
  });

  it("gives up a broker that does not answer, and what is stopped; both leave no socket", async () => {
    const broker = await brokerWith(version, () => undefined);
    await expect(connect(broker, version, { timeoutSeconds: 0.1 })).rejects.toThrow(
      "no answer to CONNECT within 0.1 s",
    );
    const stopping = new AbortController();
    const opening = openConnection(options(broker, version), credentials, () => {}, stopping.signal);
    await expect.poll(() => broker.peers.length).toBe(2);
    stopping.abort(new Error("stopped"));
    await expect(opening).rejects.toThrow("stopped");
    await expect.poll(() => broker.peers.map(({ isOpen }) => isOpen)).toEqual([false, false]);
    await expect(openConnection(options(broker, version), credentials, () => {}, stopping.signal)).rejects.toThrow(
      "stopped",
    );
    expect(broker.peers).toHaveLength(2);
  });

  it("rejects where nobody listens, and for an answer that is none", async () => {
    const broker = await startPacketBroker(version);
    await broker.close();
    await expect(connect(broker, version)).rejects.toThrow("ECONNREFUSED");
    const odd = await brokerWith(version, (_packet, peer) => void peer.socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await expect(connect(odd, version)).rejects.toThrow();
  });

  it("tells what was acknowledged, and that the rest was not sent when it says goodbye", async () => {
    const kind = kindAnswer(version);
    const broker = await brokerWith(version, (packet) =>
      packet.cmd === "publish" && packet.topic === "owed" ? undefined : kind(packet),
    );
    const { connection, peer } = await connect(broker, version);
    const outcomes: unknown[] = [];
    for (const topic of ["owed", "given"]) {
      connection.publish(outgoingMessage({ topic, payload: "x" }), (outcome) => outcomes.push([topic, outcome]));
    }
    connection.publish(outgoingMessage({ topic: "zero", payload: "x", qos: 0 }), (outcome) =>
      outcomes.push(["zero", outcome]),
    );
    await expect.poll(() => outcomes).toHaveLength(2);
    await connection.end(2000);
    expect(outcomes).toEqual([
      ["zero", "acknowledged"],
      ["given", "acknowledged"],
      ["owed", "not sent"],
    ]);
    expect(commands(peer.packets)).toEqual(["connect", "publish", "publish", "publish", "disconnect"]);
    expect(await connection.ended).toEqual({});
  });

  it("ends in time, also where the broker does not listen any more", async () => {
    const broker = await brokerWith(version);
    const { connection, peer } = await connect(broker, version);
    peer.socket.pause();
    // More than any socket takes at once.
    const flood = outgoingMessage({ topic: "t", payload: new Uint8Array(2 ** 25), qos: 0 });
    connection.publish(flood, () => {});
    await connection.end(100);
    await connection.ended;
  });

  it("subscribes, is refused, and unsubscribes", async () => {
    const kind = kindAnswer(version);
    const broker = await brokerWith(version, (packet) =>
      packet.cmd === "subscribe" && packet.subscriptions[0]?.topic === "secret"
        ? { cmd: "suback", messageId: packet.messageId as number, granted: [isV5 ? 0x87 : 0x80] }
        : kind(packet),
    );
    const { connection } = await connect(broker, version);
    expect(await connection.subscribe("mine", 1)).toBe(1);
    expect(await connection.subscribe("secret", 1)).toBe(isV5 ? 0x87 : 0x80);
    await connection.unsubscribe("mine");
    connection.destroy();
    await connection.ended;
    await expect(connection.subscribe("late", 1)).rejects.toThrow();
  });

  it("tells no message after its goodbye, and acknowledges none: the broker brings it to the next connection", async () => {
    const kind = kindAnswer(version);
    const publish = (messageId: number): IPublishPacket => {
      return { cmd: "publish", topic: "t", payload: `m${messageId}`, qos: 1, messageId, retain: false, dup: false };
    };
    const broker = await brokerWith(version, (packet, peer) => {
      // It is on its way as the goodbye comes.
      if (packet.cmd === "disconnect") peer.send(publish(2));
      return kind(packet);
    });
    const { connection, messages, peer } = await connect(broker, version);
    peer.send(publish(1));
    await expect.poll(() => messages.length).toBe(1);
    await connection.end(2000);
    expect(messages.map(({ payload }) => text(payload))).toEqual(["m1"]);
    expect(commands(peer.packets)).toEqual(["connect", "puback", "disconnect"]);
  });

  it("looks for a sign of life: stays with a broker that answers, leaves one that does not", async () => {
    let isMute = false;
    const kind = kindAnswer(version);
    const broker = await brokerWith(version, (packet) => (isMute ? undefined : kind(packet)));
    const { connection, peer } = await connect(broker, version);
    connection.check(5000);
    await expect.poll(() => commands(peer.packets)).toContain("pingreq");
    isMute = true;
    connection.check(50);
    await connection.ended;
    await expect.poll(() => peer.isOpen).toBe(false);
  });
});

describe("MQTT 5", () => {
  it("tells the reason of the broker's DISCONNECT, and how many messages the broker takes at once", async () => {
    const broker = await brokerWith(5, (packet) =>
      packet.cmd === "connect"
        ? {
            cmd: "connack",
            reasonCode: 0,
            sessionPresent: false,
            properties: { receiveMaximum: 3, maximumPacketSize: 100 },
          }
        : undefined,
    );
    const { connection, peer } = await connect(broker, 5);
    expect(connection).toMatchObject({ receiveMaximum: 3, sessionPresent: false });
    peer.send({ cmd: "disconnect", reasonCode: 0x8e });
    peer.socket.end();
    expect(await connection.ended).toEqual({ code: 0x8e });
  });

  it("does not send what the broker would close the connection for; a PUBACK that says no is told", async () => {
    const broker = await brokerWith(5, (packet) => {
      if (packet.cmd === "connect") {
        return { cmd: "connack", reasonCode: 0, sessionPresent: false, properties: { maximumPacketSize: 100 } };
      }
      return packet.cmd === "publish"
        ? { cmd: "puback", messageId: packet.messageId as number, reasonCode: 0x97 }
        : undefined;
    });
    const { connection, peer } = await connect(broker, 5);
    const outcomes: unknown[] = [];
    connection.publish(outgoingMessage({ topic: "t", payload: "x".repeat(100) }), (outcome) => outcomes.push(outcome));
    connection.publish(outgoingMessage({ topic: "t", payload: "x" }), (outcome) => outcomes.push(outcome));
    await expect.poll(() => outcomes).toEqual([0x95, 0x97]);
    expect(commands(peer.packets)).toEqual(["connect", "publish"]);
  });
});
