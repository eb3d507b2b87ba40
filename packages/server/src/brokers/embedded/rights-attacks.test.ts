import type { AclRule } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { versions } from "./testing/expect-working.ts";
import { allow, eventsOf, openTestBroker, rights, type TestBroker, untilEvents } from "./testing/open-test-broker.ts";
import {
  connectPeer,
  deniedFilter,
  grantedTo,
  leave,
  persistent,
  publishAll,
  publishPacket,
  topicsBefore,
} from "./testing/peers.ts";
import { codeOf, RawPeer } from "./testing/raw-peer.ts";

const acls: Record<string, AclRule[]> = {
  victim: rights("victim/#"),
  attacker: rights("attacker/#"),
  service: rights("#", "$SYS/#", "$share/#", "$connack/#"),
  fleet: [{ permission: "deny", action: "subscribe", topic: "fleet/+/key" }, ...rights("fleet/#")],
  quiet: [{ permission: "allow", action: "publish", topic: "victim/#", retain: false }, ...rights("quiet/#")],
};

const openBroker = (options: Parameters<typeof openTestBroker>[0] = {}) =>
  openTestBroker({ decideConnect: async ({ username }) => allow(username, acls[username]), ...options });

/** One who may read what the attack is about, and one who publishes it. */
async function openScene(options: Parameters<typeof openTestBroker>[0] = {}) {
  const server = await openBroker(options);
  const victim = await connectPeer(server, 4, "victim");
  expect(await grantedTo(victim, "victim/#")).toEqual([1]);
  const service = await connectPeer(server, 5, "service");
  return { server, victim, service };
}

const foreign = ["#", "+/#", "+/+", "/#", "victim/#", "victim/1", "+/1", "$SYS/#", "$SYS/+/new/clients"];
const shared = ["$share/g/#", "$share/g/victim/#", "$share/g/attacker/#", "$queue/victim/1", "$share/g", "$share//#"];

describe.each(versions)("reading, MQTT version %i", (version) => {
  const no = deniedFilter(version);
  /** aedes tells MQTT 5 clients that there are no shared subscriptions. */
  const noShare = (filter: string) => (version === 5 && filter.startsWith("$share/") ? 0x9e : no);

  it.each([...foreign, ...shared])("'%s' alone brings nothing", async (filter) => {
    const { server, victim, service } = await openScene();
    service.send(publishPacket("victim/kept", 1, { retain: true }));
    await service.take("puback");
    const attacker = await connectPeer(server, version, "attacker");
    expect(await grantedTo(attacker, filter)).toEqual([noShare(filter)]);
    expect(await grantedTo(attacker, "attacker/#")).toEqual([1]);
    await publishAll(service, "victim/1", "victim/end", "attacker/end");
    expect(await topicsBefore(victim, "victim/end")).toEqual(["victim/kept", "victim/1"]);
    expect(await topicsBefore(attacker, "attacker/end")).toEqual([]);
  });

  it("a mixed SUBSCRIBE on a persistent session brings nothing, neither now, nor while away, nor after a reconnect", async () => {
    const { server, victim, service } = await openScene();
    const filters = ["attacker/a", ...foreign, "attacker/#", ...shared, "attacker/end"];
    const expected = filters.map((filter) => (filter.startsWith("attacker/") ? 1 : noShare(filter)));
    const attacker = await connectPeer(server, version, "attacker", persistent);
    expect(await grantedTo(attacker, ...filters)).toEqual(expected);
    await publishAll(service, "victim/1", "attacker/end");
    expect(await topicsBefore(attacker, "attacker/end")).toEqual([]);
    await leave(server, attacker);
    await publishAll(service, "victim/2", "attacker/while-away");
    const again = await connectPeer(server, version, "attacker", persistent);
    await publishAll(service, "victim/3", "victim/end", "attacker/last");
    const got = await topicsBefore(again, "attacker/last");
    expect(new Set(got)).toEqual(new Set(["attacker/end", "attacker/while-away"]));
    expect(await topicsBefore(victim, "victim/end")).toEqual(["victim/1", "victim/2", "victim/3"]);
    expect(server.broker.counters()).not.toHaveProperty("forward_denied");
  });

  it("overlapping filters do not reach a topic that is denied inside of them", async () => {
    const server = await openBroker();
    const service = await connectPeer(server, 4, "service");
    expect(await grantedTo(service, "fleet/+/key")).toEqual([1]);
    const fleet = await connectPeer(server, version, "fleet");
    expect(await grantedTo(fleet, "fleet/#", "fleet/+/key", "fleet/a/+", "fleet/a/key", "fleet/+/+/#")).toEqual([
      1,
      no,
      1,
      no,
      1,
    ]);
    await publishAll(service, "fleet/a/key", "fleet/b/key", "fleet/a/name", "fleet/end");
    expect(new Set(await topicsBefore(fleet, "fleet/end"))).toEqual(new Set(["fleet/a/name"]));
    expect(await topicsBefore(service, "fleet/b/key")).toEqual(["fleet/a/key"]);
  });

  it("shared subscriptions bring nothing to anybody", async () => {
    const { server, victim, service } = await openScene();
    const powerful = await connectPeer(server, version, "service", { clientId: "powerful" });
    expect(await grantedTo(powerful, "$share/g/#", "powerful/end")).toEqual([noShare("$share/g/#"), 1]);
    await publishAll(service, "victim/end", "powerful/end");
    expect(await topicsBefore(victim, "victim/end")).toEqual([]);
    expect(await topicsBefore(powerful, "powerful/end")).toEqual([]);
  });

  it("a client id that another device has connected with is refused, and that one goes on", async () => {
    const { server, victim, service } = await openScene();
    for (const clean of [true, false]) {
      const { connack, peer } = await RawPeer.connect(server.port, version, {
        clientId: "victim-id",
        username: "attacker",
        clean,
      });
      expect(codeOf(connack)).toBe(version === 5 ? 0x87 : 5);
      await peer.closed;
    }
    await publishAll(service, "victim/end");
    expect(await topicsBefore(victim, "victim/end")).toEqual([]);
  });

  it("what waits for another device under a client id is not for whoever comes with that", async () => {
    const server = await openBroker();
    const service = await connectPeer(server, 4, "service");
    const victim = await connectPeer(server, 4, "victim", { ...persistent, clientId: "id" });
    await grantedTo(victim, "victim/#");
    await leave(server, victim);
    await publishAll(service, "victim/1");
    // Also one that may read it all: it would be another device's message all the same.
    for (const [index, username] of ["attacker", "service"].entries()) {
      const other = await connectPeer(server, version, username, { ...persistent, clientId: "id" });
      await publishAll(service, "victim/2");
      expect(await grantedTo(other, `${username}/#`)).toEqual([1]);
      await publishAll(service, `${username}/end`);
      expect(await topicsBefore(other, `${username}/end`)).toEqual([]);
      await leave(server, other);
      expect(server.broker.counters()).toMatchObject({ "guard.foreign_session": index + 1 });
    }
  });
});

describe.each(versions)("writing, MQTT version %i", (version) => {
  async function topicsOfVictim(scene: { victim: RawPeer; service: RawPeer }): Promise<string[]> {
    await publishAll(scene.service, "victim/end");
    return topicsBefore(scene.victim, "victim/end");
  }

  it.each([0, 1, 2] as const)("a foreign publish with QoS %i reaches nobody", async (qos) => {
    const scene = await openScene();
    const attacker = await connectPeer(scene.server, version, "attacker");
    for (const topic of ["victim/1", "victim", "victim/", "$share/g/victim/1"]) {
      attacker.send(publishPacket(topic, qos));
      if (qos > 0) await attacker.take(qos === 1 ? "puback" : "pubrec");
      if (qos === 2 && version !== 5) {
        attacker.send({ cmd: "pubrel", messageId: 42 });
        await attacker.take("pubcomp");
      }
    }
    await attacker.settle();
    expect(await topicsOfVictim(scene)).toEqual([]);
    expect(eventsOf(scene.server, "publish_denied")).toMatchObject(
      ["victim/1", "victim", "victim/", "$share/g/victim/1"].map((topic) => ({ topic, qos, retain: false })),
    );
  });

  it("a foreign will reaches nobody, and the CONNECT that brings it is told of", async () => {
    const scene = await openScene();
    const will = { topic: "victim/state", payload: Buffer.from("gone"), qos: 2 as const, retain: true };
    const attacker = await connectPeer(scene.server, version, "attacker", { will });
    expect(await untilEvents(scene.server, "publish_denied", 1)).toMatchObject([
      { deviceId: "attacker", topic: "victim/state", qos: 2, retain: true, will: true },
    ]);
    attacker.socket.destroy();
    await untilEvents(scene.server, "disconnected", 1);
    expect(await topicsOfVictim(scene)).toEqual([]);
    const late = await connectPeer(scene.server, 4, "victim", { clientId: "late" });
    await grantedTo(late, "victim/#");
    expect(await topicsOfVictim({ ...scene, victim: late })).toEqual([]);
    expect(eventsOf(scene.server, "publish_denied")).toHaveLength(1);
  });

  it("a retained message cannot be put, replaced or removed by another", async () => {
    const scene = await openScene();
    scene.service.send(publishPacket("victim/kept", 1, { payload: "own", retain: true }));
    await scene.service.take("puback");
    const attacker = await connectPeer(scene.server, version, "attacker");
    for (const [topic, payload] of [
      ["victim/new", "x"],
      ["victim/kept", "x"],
      ["victim/kept", ""],
    ] as const) {
      attacker.send(publishPacket(topic, 1, { payload, retain: true }));
      await attacker.take("puback");
    }
    const late = await connectPeer(scene.server, 4, "victim", { clientId: "late" });
    await grantedTo(late, "victim/#");
    expect(await late.take("publish")).toMatchObject({ topic: "victim/kept", payload: Buffer.from("own") });
    expect(await topicsOfVictim({ ...scene, victim: late })).toEqual([]);
    expect(await topicsOfVictim(scene)).toEqual(["victim/kept"]);
  });

  it("a rule with `retain: false` allows a publish and refuses the same one retained, also as a will", async () => {
    const scene = await openScene();
    const state = { topic: "victim/state", payload: Buffer.from("gone"), qos: 0 as const };
    const quiet = await connectPeer(scene.server, version, "quiet", { will: { ...state, retain: true } });
    quiet.send(publishPacket("victim/plain"), publishPacket("victim/retained", 0, { retain: true }));
    await quiet.settle();
    quiet.socket.destroy();
    await untilEvents(scene.server, "disconnected", 1);
    const other = await connectPeer(scene.server, version, "quiet", { will: { ...state, retain: false } });
    other.socket.destroy();
    await untilEvents(scene.server, "disconnected", 2);
    expect(await topicsOfVictim(scene)).toEqual(["victim/plain", "victim/state"]);
    expect(eventsOf(scene.server, "publish_denied")).toMatchObject([
      { topic: "victim/state", retain: true, will: true },
      { topic: "victim/retained", retain: true, will: false },
    ]);
    const late = await connectPeer(scene.server, 4, "victim", { clientId: "late" });
    await grantedTo(late, "victim/#");
    expect(await topicsOfVictim({ ...scene, victim: late })).toEqual([]);
  });

  it.each([0, 1, 2] as const)("a publish to $SYS/x/new/clients, QoS %i, ends nobody's connection", async (qos) => {
    const scene = await openScene();
    const powerful = await connectPeer(scene.server, version, "service", { clientId: "powerful" });
    for (const retain of [false, true]) {
      powerful.send(publishPacket("$SYS/x/new/clients", qos, { payload: "victim-id", retain }));
      if (qos > 0) await powerful.take(qos === 1 ? "puback" : "pubrec");
    }
    await powerful.settle();
    expect(await topicsOfVictim(scene)).toEqual([]);
    expect(eventsOf(scene.server, "publish_denied")).toHaveLength(2);
  });

  it("a device without rights cannot fill the queue of a session that is away", async () => {
    const server = await openBroker({ limits: { maxQueuedMessages: 2 } });
    const reader = await connectPeer(server, 4, "service", persistent);
    expect(await grantedTo(reader, "#")).toEqual([1]);
    await leave(server, reader);
    const attacker = await connectPeer(server, version, "attacker");
    for (let count = 0; count < 5; count++) {
      attacker.send(publishPacket("victim/1", 1));
      await attacker.take("puback");
    }
    await publishAll(attacker, "attacker/1", "attacker/2");
    expect(server.broker.counters()).not.toHaveProperty("guard.queue_full");
    const back = await connectPeer(server, 4, "service", persistent);
    expect(await topicsBefore(back, "attacker/2")).toEqual(["attacker/1"]);
  });
});

it("tells of each denied filter and publish with what was asked", async () => {
  const server: TestBroker = await openBroker();
  const attacker = await connectPeer(server, 5, "attacker");
  attacker.send({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [
      { topic: "victim/#", qos: 2 },
      { topic: "#", qos: 0 },
    ],
  });
  await attacker.take("suback");
  attacker.send(publishPacket("victim/1", 2, { retain: true }));
  await attacker.take("pubrec");
  const who = { deviceId: "attacker", clientId: "attacker-id", peerHost: "127.0.0.1", protocolVersion: 5 };
  expect(eventsOf(server, "subscribe_denied")).toEqual([
    { type: "subscribe_denied", filter: "victim/#", qos: 2, byBroker: false, ...who },
    { type: "subscribe_denied", filter: "#", qos: 0, byBroker: false, ...who },
  ]);
  expect(eventsOf(server, "publish_denied")).toEqual([
    { type: "publish_denied", topic: "victim/1", qos: 2, retain: true, will: false, ...who },
  ]);
});
