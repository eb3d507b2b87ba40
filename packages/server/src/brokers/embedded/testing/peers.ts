import type { IConnectPacket, IPublishPacket, ISubackPacket } from "mqtt-packet";
import { expect } from "vitest";
import { type TestBroker, until } from "./open-test-broker.ts";
import { codeOf, RawPeer, type Version } from "./raw-peer.ts";

/** A session that outlives its connection, in every version. */
export const persistent = { clean: false, properties: { sessionExpiryInterval: 600 } } as const;

/** Connects as this user, with the client id `<user name>-id` unless given. Fails unless it is let in. */
export async function connectPeer(
  server: TestBroker,
  version: Version,
  username: string,
  options: Partial<IConnectPacket> = {},
): Promise<RawPeer> {
  const { peer, connack } = await RawPeer.connect(server.port, version, {
    clientId: `${username}-id`,
    username,
    ...options,
  });
  expect(codeOf(connack)).toBe(0);
  return peer;
}

/** Subscribes with QoS 1 and returns the codes of the SUBACK. */
export async function grantedTo(peer: RawPeer, ...filters: string[]): Promise<unknown[]> {
  peer.send({ cmd: "subscribe", messageId: 7, subscriptions: filters.map((topic) => ({ topic, qos: 1 })) });
  return [...((await peer.take("suback")) as ISubackPacket).granted];
}

/** The code of a filter that is denied. */
export const deniedFilter = (version: Version) => (version === 5 ? 0x87 : 0x80);

export const publishPacket = (
  topic: string,
  qos: 0 | 1 | 2 = 0,
  more: Partial<IPublishPacket> = {},
): IPublishPacket => ({
  cmd: "publish",
  topic,
  payload: "x",
  qos,
  dup: false,
  retain: false,
  ...(qos === 0 ? {} : { messageId: 40 + qos }),
  ...more,
});

/** Publishes with QoS 1, one after the other, and waits until all is done. */
export async function publishAll(peer: RawPeer, ...topics: string[]): Promise<void> {
  for (const topic of topics) {
    peer.send(publishPacket(topic, 1, { payload: topic }));
    await peer.take("puback");
  }
  await peer.settle();
}

/** Topics of all messages that the reader gets before the one on this topic. */
export async function topicsBefore(reader: RawPeer, end: string): Promise<string[]> {
  const topics: string[] = [];
  for (;;) {
    const { topic, messageId, qos } = (await reader.take("publish")) as IPublishPacket;
    if (qos === 1) reader.send({ cmd: "puback", messageId: messageId as number });
    if (topic === end) return topics;
    topics.push(topic);
  }
}

/** Leaves with a DISCONNECT, and waits until the broker knows. */
export async function leave(server: TestBroker, peer: RawPeer): Promise<void> {
  // The broker counts a client a moment after its CONNACK.
  await peer.settle();
  const left = server.broker.connections() - 1;
  peer.send({ cmd: "disconnect" });
  await peer.closed;
  await until("the disconnect", () => server.broker.connections() === left);
}
