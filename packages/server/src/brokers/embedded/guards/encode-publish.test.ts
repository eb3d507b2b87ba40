import mqttPacket, { type IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import {
  encodeDeliveryProperties,
  encodeMessageProperties,
  encodePublishHead,
  encodePubrel,
  type MessageProperties,
  sizeOfInteger,
} from "./encode-publish.ts";

const generate = (packet: Partial<IPublishPacket>, protocolVersion: number) =>
  mqttPacket.generate(
    { cmd: "publish", topic: "t", payload: "", qos: 0, dup: false, retain: false, ...packet },
    {
      protocolVersion,
    },
  );

describe.each([3, 4, 5])("a PUBLISH of MQTT version %i", (version) => {
  it.each<[string, Partial<IPublishPacket>]>([
    ["with QoS 0", {}],
    ["with QoS 1, again, retained", { qos: 1, dup: true, retain: true, messageId: 0xfedc }],
    ["with QoS 2 and a topic of several bytes a character", { qos: 2, messageId: 1, topic: "tür/€/😀" }],
    ...[0, 1, 100, 200, 16_400, 2_097_152].map((length): [string, Partial<IPublishPacket>] => [
      `with ${length} bytes`,
      { qos: 1, messageId: 9, payload: Buffer.alloc(length, 7) },
    ]),
  ])("%s is the same as of mqtt-packet", (_, packet) => {
    const { topic = "t", qos = 0, retain = false, dup = false, messageId: id = 0 } = packet;
    const payload = packet.payload === undefined ? Buffer.alloc(0) : Buffer.from(packet.payload);
    const properties = version === 5 ? Buffer.alloc(0) : undefined;
    const head = encodePublishHead({ topic, qos, retain, dup, id, properties }, payload.length);
    expect(Buffer.concat([head, payload]).equals(generate({ ...packet, payload }, version))).toBe(true);
  });
});

it.each<[string, MessageProperties]>([
  ["none", {}],
  ["all", { payloadFormatIndicator: true, contentType: "ä", responseTopic: "r", correlationData: Buffer.from([0, 1]) }],
  ["a format that is not text", { payloadFormatIndicator: false }],
  ["empty ones", { contentType: "", correlationData: Buffer.alloc(0) }],
  ["user properties", { userProperties: { a: "b", ä: ["c", "", "d"], e: "" } }],
  ["many bytes", { userProperties: { long: Array.from({ length: 500 }, () => "x".repeat(100)) } }],
])("properties, %s, are the same as of mqtt-packet", (_, given) => {
  const properties = encodeMessageProperties(given);
  const head = encodePublishHead({ topic: "t", qos: 0, retain: false, dup: false, id: 0, properties }, 0);
  expect(head.equals(generate({ properties: given }, 5))).toBe(true);
});

it.each([
  [undefined, undefined],
  [0, undefined],
  [0xffffffff, 1],
  [undefined, 127],
  [7, 128],
  [7, 268_435_455],
])("seconds left %s and Subscription Identifier %s are the same as of mqtt-packet", (seconds, subscription) => {
  const properties = encodeDeliveryProperties(seconds, subscription);
  const head = encodePublishHead({ topic: "t", qos: 0, retain: false, dup: false, id: 0, properties }, 0);
  const expected = {
    ...(seconds === undefined ? {} : { messageExpiryInterval: seconds }),
    ...(subscription === undefined ? {} : { subscriptionIdentifier: subscription }),
  };
  expect(head.equals(generate({ properties: expected }, 5))).toBe(true);
});

it.each([1, 127, 255, 256, 65_535])("PUBREL %i is read by all versions", (id) => {
  expect(encodePubrel(id).equals(mqttPacket.generate({ cmd: "pubrel", messageId: id }))).toBe(true);
  const read: unknown[] = [];
  const parser = mqttPacket.parser({ protocolVersion: 5 });
  parser.on("packet", ({ cmd, messageId }) => read.push(cmd, messageId));
  parser.parse(encodePubrel(id));
  expect(read).toEqual(["pubrel", id]);
});

it.each([
  [0, 1],
  [127, 1],
  [128, 2],
  [16_383, 2],
  [16_384, 3],
  [2_097_151, 3],
  [2_097_152, 4],
])("the number %i takes %i bytes", (value, size) => {
  expect(sizeOfInteger(value)).toBe(size);
});
