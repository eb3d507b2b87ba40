import mqttPacket, { type IConnectPacket, type Packet, type UserProperties } from "mqtt-packet";
import type { Numbers } from "./mutate.ts";
import { connectPacket, type Version } from "./raw-peer.ts";

/** Texts that are more than text to somebody. */
const words = [
  "a/b",
  "7",
  "3",
  "/",
  "__proto__",
  "constructor",
  "toString",
  "$SYS/x/new/clients",
  "$share/g/a/b",
  "ä€😀",
  "a/+",
  "#",
  "+/+/#",
  "$SYS/#",
  "",
  "x/".repeat(150),
  "\u0000",
];
const harmless = 10;

/** A well-formed CONNECT, as the material of mutations. */
export function fuzzConnect(version: Version, next: Numbers): Buffer {
  const word = () => words[next(words.length)] as string;
  const options: Partial<IConnectPacket> = {
    clientId: next(10) === 0 ? `fuzz-${word()}` : `fuzz-${next(200)}`,
    username: "fuzz",
    password: Buffer.from("word"),
    clean: next(2) === 0,
    keepalive: next(3),
  };
  const five = version === 5;
  if (next(2) === 0) {
    options.will = {
      topic: (next(10) === 0 && word()) || "a/will",
      payload: Buffer.from("gone"),
      qos: next(3) as 0 | 1 | 2,
      retain: next(4) === 0,
      ...(five ? { properties: { willDelayInterval: next(3), contentType: word() } } : {}),
    };
  }
  if (five) {
    options.properties = {
      sessionExpiryInterval: next(4) * next(60),
      receiveMaximum: 1 + next(5),
      maximumPacketSize: 20 + next(500),
      userProperties: userProperties(next),
    };
  }
  return generate(connectPacket(version, options), version);
}

/** Well-formed packets of a client, as the material of mutations. */
export function fuzzPackets(version: Version, next: Numbers): Buffer[] {
  const five = version === 5;
  // Those at the beginning do not end the connection.
  const word = () => words[next(next(3) === 0 ? words.length : harmless)] as string;
  const messageId = 1 + next(20);
  const publish = (qos: 0 | 1 | 2): Packet => ({
    cmd: "publish",
    topic: word() || "a",
    payload: Buffer.alloc(next(4) === 0 ? next(5_000) : next(20)),
    qos,
    dup: qos > 0 && next(2) === 0,
    retain: next(8) === 0,
    ...(qos > 0 ? { messageId } : {}),
    ...(five
      ? {
          properties: {
            contentType: word(),
            responseTopic: "b",
            correlationData: Buffer.from("c"),
            userProperties: userProperties(next),
            messageExpiryInterval: next(3),
          },
        }
      : {}),
  });
  const filters = Array.from({ length: 1 + next(6) }, word);
  const packets: Packet[] = [
    publish(0),
    publish(1),
    publish(2),
    {
      cmd: "subscribe",
      messageId,
      subscriptions: filters.map((topic) => ({
        topic,
        qos: next(3) as 0 | 1 | 2,
        ...(five ? { nl: next(2) === 0, rap: next(2) === 0, rh: next(3) } : {}),
      })),
      ...(five ? { properties: { subscriptionIdentifier: 1 + next(300) } } : {}),
    },
    { cmd: "unsubscribe", messageId, unsubscriptions: filters },
    ...(["puback", "pubrec", "pubrel", "pubcomp"] as const).map(
      (cmd): Packet => ({ cmd, messageId, ...(five ? { reasonCode: next(3) === 0 ? 0x80 : 0 } : {}) }),
    ),
    { cmd: "pingreq" },
    { cmd: "disconnect", ...(five ? { reasonCode: 4, properties: { sessionExpiryInterval: next(60) } } : {}) },
  ];
  return packets.map((packet) => generate(packet, version));
}

function userProperties(next: Numbers): UserProperties {
  return { d: ["e", "f"], [words[next(words.length)] || "g"]: "h" };
}

function generate(packet: Packet, protocolVersion: Version): Buffer {
  return mqttPacket.generate(packet, { protocolVersion });
}
