import type { ISubackPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import {
  expectWorking,
  openPermissiveBroker as openBroker,
  publish,
  subscribe,
  versions,
} from "./testing/expect-working.ts";
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

  it.each([true, false])(
    "they are filters like any other, but that __proto__ cannot stand with others; clean session: %s",
    async (clean) => {
      const server = await openBroker();
      const { peer } = await RawPeer.connect(server.port, version, { clean });
      for (const name of inheritedNames) {
        peer.send(subscribe(name));
        const [granted] = ((await peer.take("suback")) as ISubackPacket).granted;
        if (granted === 1) {
          peer.send(publish(name));
          expect(await peer.take("publish")).toMatchObject({ topic: name });
        } else expect(name).toBe("__proto__");
        peer.send({ cmd: "unsubscribe", messageId: 8, unsubscriptions: [name, "never"] });
        await peer.take("unsuback");
      }
      peer.send(subscribe(...inheritedNames, "a"));
      const no = version === 5 ? 0x87 : 0x80;
      expect(await peer.take("suback")).toMatchObject({ granted: [no, 1, 1, 1, 1, 1, 1] });
      peer.send(publish("a"), { cmd: "unsubscribe", messageId: 8, unsubscriptions: inheritedNames });
      await peer.take("unsuback");
      await peer.take("publish");
      peer.socket.destroy();
      await expectWorking(server);
    },
  );

  it("nor do they harm right behind the CONNECT", async () => {
    const server = await openBroker();
    const peer = await RawPeer.open(server.port, version);
    peer.send(connectPacket(version), subscribe("__proto__", "a", "constructor"), publish("a"));
    expect(await peer.take("suback")).toMatchObject({ granted: [version === 5 ? 0x87 : 0x80, 1, 1] });
    expect(await peer.take("publish")).toMatchObject({ topic: "a" });
    peer.socket.destroy();
    await expectWorking(server);
  });
});
