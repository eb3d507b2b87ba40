import type { IPublishPacket, Packet } from "mqtt-packet";
import { expect } from "vitest";
import { allow, openTestBroker, rights, type TestBroker, until } from "./open-test-broker.ts";
import { codeOf, RawPeer, type Version } from "./raw-peer.ts";

export const versions = [3, 4, 5] as const satisfies Version[];

/** A broker that lets everybody do everything: what is refused there is refused by the guards. */
export const openPermissiveBroker = (options: Parameters<typeof openTestBroker>[0] = {}): Promise<TestBroker> =>
  openTestBroker({ decideConnect: async ({ username }) => allow(username, rights("#", "$SYS/#")), ...options });

/** Waits until only so many clients are left, and proves that a legitimate one of each version is served. */
export async function expectWorking(server: TestBroker, others = 0): Promise<void> {
  await until("everybody else gone", () => server.broker.connections() === others);
  for (const version of versions) {
    const { peer, connack } = await RawPeer.connect(server.port, version, { clientId: `honest-${version}` });
    expect(codeOf(connack)).toBe(0);
    peer.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "honest/+", qos: 1 }] });
    expect(await peer.take("suback")).toMatchObject({ granted: [1] });
    peer.send(publish("honest/topic", { qos: 1, messageId: 1 }));
    expect(await peer.take("publish")).toMatchObject({ topic: "honest/topic" });
    peer.socket.destroy();
    await until("the honest one gone", () => server.broker.connections() === others);
  }
}

export const publish = (topic: string, more: Partial<IPublishPacket> = {}): IPublishPacket => ({
  cmd: "publish",
  topic,
  payload: "x",
  qos: 0,
  dup: false,
  retain: false,
  ...more,
});

export const subscribe = (...filters: string[]): Packet => ({
  cmd: "subscribe",
  messageId: 7,
  subscriptions: filters.map((topic) => ({ topic, qos: 1 })),
});

/** The bytes with the first occurrence of one text replaced by another of the same length. */
export function altered(bytes: Buffer, from: string, to: Buffer): Buffer {
  const at = bytes.indexOf(from);
  expect(at).toBeGreaterThan(-1);
  expect(to).toHaveLength(Buffer.byteLength(from));
  to.copy(bytes, at);
  return bytes;
}
