import type { Decision } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { versions } from "./testing/expect-working.ts";
import { allow, eventsOf, openTestBroker, until, untilEvents } from "./testing/open-test-broker.ts";
import { codeOf, RawPeer } from "./testing/raw-peer.ts";

describe("kickDevice", () => {
  it.each(["revoked", "disabled", "removed", "moved", "rights_changed", "kicked"] as const)(
    "ends all connections of a device that is %s",
    async (why) => {
      const server = await openTestBroker();
      const { peer: five } = await RawPeer.connect(server.port, 5, { clientId: "a" });
      const { peer: four } = await RawPeer.connect(server.port, 4, { clientId: "b" });
      const { peer: three } = await RawPeer.connect(server.port, 3, { clientId: "d" });
      const { peer: other } = await RawPeer.connect(server.port, 4, { clientId: "c", username: "other" });
      expect(server.broker.kickDevice("device", why)).toBe(3);
      const disconnect = await five.take("disconnect");
      expect(disconnect).toMatchObject({ reasonCode: 0x98 });
      expect(disconnect).not.toHaveProperty("properties");
      await Promise.all([five.closed, four.closed, three.closed]);
      expect([...four.received, ...three.received]).toEqual([]);
      await other.settle();
      expect(server.broker.connections()).toBe(1);
      expect((await untilEvents(server, "disconnected", 3)).map(({ reason }) => reason)).toEqual([why, why, why]);
      expect(server.broker.kickDevice("device", why)).toBe(0);
      // Whether it may come back is not for the broker to say.
      expect(codeOf((await RawPeer.connect(server.port, 4, { clientId: "b" })).connack)).toBe(0);
    },
  );

  it("takes the rights at once, also of what was sent already", async () => {
    const server = await openTestBroker();
    const { peer } = await RawPeer.connect(server.port, 4);
    const { peer: witness } = await RawPeer.connect(server.port, 4, { clientId: "witness" });
    witness.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "devices/device/#", qos: 0 }] });
    await witness.take("suback");
    server.broker.kickDevice("nobody", "revoked");
    peer.send({ cmd: "publish", topic: "devices/device/up", payload: "before", qos: 0, dup: false, retain: false });
    expect(await witness.take("publish")).toMatchObject({ payload: Buffer.from("before") });
    expect(server.broker.kickDevice("device", "revoked")).toBe(2);
    await Promise.all([peer.closed, witness.closed]);
  });

  it("refuses a decision that was asked for before the kick", async () => {
    let answer = (_: Decision) => {};
    const server = await openTestBroker({
      decideConnect: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const attempt = RawPeer.connect(server.port, 5);
    await until("the question", () => server.requests.length === 1);
    expect(server.broker.kickDevice("device", "revoked")).toBe(0);
    answer(allow("device"));
    const { connack, peer } = await attempt;
    expect(codeOf(connack)).toBe(0x87);
    await peer.closed;
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "device_revoked", by: "broker", deviceId: "device" }]);
    const later = RawPeer.connect(server.port, 5);
    await until("the next question", () => server.requests.length === 2);
    answer(allow("device"));
    expect(codeOf((await later).connack)).toBe(0);
  });

  // The kick comes so many turns of the event loop after the answer of `decideConnect`: before the device is admitted,
  // between that and the CONNACK, while the queue is emptied, and when all is done.
  it.each(Array.from({ length: 8 }, (_, turns) => turns))(
    "ends a connection that is being made, %i turns later",
    async (turns) => {
      const server = await openTestBroker({
        decideConnect: async () => {
          afterTurns(turns, () => server.broker.kickDevice("device", "revoked"));
          return allow("device");
        },
      });
      for (const version of versions) {
        const { connack, peer } = await RawPeer.connect(server.port, version, {
          clientId: "a",
          properties: { sessionExpiryInterval: 60 },
        });
        if (codeOf(connack) !== 0) expect(codeOf(connack)).toBe(version === 5 ? 0x87 : 5);
        else if (version === 5) expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x98 });
        await peer.closed;
        expect(peer.received).toEqual([]);
      }
      await until("nobody left", () => server.broker.connections() === 0);
    },
  );
});

function afterTurns(turns: number, action: () => void): void {
  if (turns === 0) action();
  else setImmediate(() => afterTurns(turns - 1, action));
}

describe("expiry", () => {
  it("ends the connection when the credential expires", async () => {
    const expireAtSeconds = Math.floor(Date.now() / 1000) + 2;
    const server = await openTestBroker({
      decideConnect: async ({ username }) => allow(username, undefined, { expireAtSeconds }),
    });
    const { peer: five } = await RawPeer.connect(server.port, 5, { clientId: "a" });
    const { peer: four } = await RawPeer.connect(server.port, 4, { clientId: "b" });
    const { peer: three } = await RawPeer.connect(server.port, 3, { clientId: "c" });
    expect(await five.take("disconnect")).toMatchObject({ reasonCode: 0x87 });
    await Promise.all([five.closed, four.closed, three.closed]);
    expect([...four.received, ...three.received]).toEqual([]);
    expect(Date.now()).toBeGreaterThanOrEqual(expireAtSeconds * 1000);
    expect((await untilEvents(server, "disconnected", 3)).map(({ reason }) => reason)).toEqual([
      "expired",
      "expired",
      "expired",
    ]);
  });

  it("refuses one that has expired, and keeps one that expires in a hundred years", async () => {
    const expiries = [Date.now() / 1000 - 1, Date.now() / 1000 + 100 * 365 * 86_400];
    const server = await openTestBroker({
      decideConnect: async () => allow("device", undefined, { expireAtSeconds: expiries.shift() as number }),
    });
    expect(codeOf((await RawPeer.connect(server.port, 4)).connack)).toBe(4);
    expect(eventsOf(server, "refused")).toMatchObject([{ reason: "token_expired", by: "broker" }]);
    const { peer } = await RawPeer.connect(server.port, 4);
    await peer.settle();
    expect(server.broker.connections()).toBe(1);
  });
});
