import { describe, expect, it } from "vitest";
import {
  expectWorking,
  openPermissiveBroker as openBroker,
  publish,
  subscribe,
  versions,
} from "./testing/expect-working.ts";
import { until } from "./testing/open-test-broker.ts";
import { codeOf, connectPacket, RawPeer } from "./testing/raw-peer.ts";

/** Names that every plain object of JavaScript has already. */
const inheritedNames = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"];

describe.each(versions)("names of every object, MQTT version %i", (version) => {
  it.each(inheritedNames)("%s is a client id like any other", async (name) => {
    const server = await openBroker();
    for (const clean of [true, false, true]) {
      const { peer, connack } = await RawPeer.connect(server.port, version, { clientId: name, clean });
      expect(codeOf(connack)).toBe(0);
      peer.send(subscribe("t"));
      await peer.take("suback");
      peer.send(publish("t"));
      expect(await peer.take("publish")).toMatchObject({ topic: "t" });
      expect(server.broker.connections()).toBe(1);
    }
    expect(server.broker.kickDevice("device", "revoked")).toBe(1);
    await expectWorking(server);
  });

  const no = version === 5 ? 0x87 : 0x80;

  it.each([true, false])("they are filters like any other but __proto__; clean session: %s", async (clean) => {
    const server = await openBroker();
    const { peer } = await RawPeer.connect(server.port, version, { clean });
    const expectGranted = async (...names: string[]) => {
      peer.send(subscribe(...names));
      expect(await peer.take("suback")).toMatchObject({ granted: names.map((it) => (it === "__proto__" ? no : 1)) });
      for (const name of names) {
        peer.send(publish(name));
        if (name !== "__proto__") expect(await peer.take("publish")).toMatchObject({ topic: name });
      }
      peer.send({ cmd: "unsubscribe", messageId: 8, unsubscriptions: [...names, "never"] });
      await peer.take("unsuback");
    };
    for (const name of inheritedNames) await expectGranted(name);
    await expectGranted(...inheritedNames, "a");
    peer.socket.destroy();
    await expectWorking(server);
  });

  it("a session with such filters is resumed", async () => {
    const server = await openBroker();
    const properties = version === 5 ? { properties: { sessionExpiryInterval: 60 } } : {};
    for (let times = 0; times < 3; times++) {
      const { peer, connack } = await RawPeer.connect(server.port, version, { clean: false, ...properties });
      expect(connack.sessionPresent).toBe(times > 0);
      peer.send(publish("constructor"));
      if (times > 0) expect(await peer.take("publish")).toMatchObject({ topic: "constructor" });
      peer.send(...inheritedNames.map((name) => subscribe(name)));
      for (const _ of inheritedNames) await peer.take("suback");
      peer.socket.destroy();
      await until("everybody gone", () => server.broker.connections() === 0);
    }
    await expectWorking(server);
  });

  it("nor do they harm right behind the CONNECT", async () => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    peer.send(connectPacket(version), subscribe("__proto__", "a", "constructor"), publish("a"));
    expect(await peer.take("suback")).toMatchObject({ granted: [no, 1, 1] });
    expect(await peer.take("publish")).toMatchObject({ topic: "a" });
    peer.socket.destroy();
    await expectWorking(server);
  });
});
