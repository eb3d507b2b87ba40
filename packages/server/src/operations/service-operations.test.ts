import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceCredential } from "./service-add.ts";
import type { LentCredential } from "./service-lend.ts";
import { openTestHouse, type TestHouse, testNowMs } from "./testing/open-test-house.ts";

let test: TestHouse;
beforeAll(async () => {
  test = await openTestHouse({
    connected: [{ deviceId: "gate", clientId: "gate" }],
    listeners: { mqtt: "mqtt://0.0.0.0:1899" },
  });
  await test.run("device.add", { id: "sensor-1", schemes: ["password"] });
});
afterAll(() => test.close());

const add = (name: string, more: object = { profile: "backend" }) =>
  test.run<ServiceCredential>("service.add", { name, ...more });
const rotate = (name: string, grace = 0) => test.run<ServiceCredential>("service.rotate", { name, grace });
const connect = (username: string, password: string, clientId = username) =>
  test.house.decideConnect({ clientId, username, password }, { dryRun: true });
const shown = (value: unknown) => JSON.stringify(value);

describe("a service", () => {
  it("is registered with a password of 256 bits, kept as a hash, and connects as what it is", async () => {
    const { password, username, clientId, service, reads, broker } = await add("one");
    expect(Buffer.from(password, "base64url")).toHaveLength(32);
    expect({ username, clientId, reads, profile: service.profile }).toEqual({
      username: "one",
      clientId: "one",
      reads: "devices/#",
      profile: "backend",
    });
    expect(broker).toMatchObject({ host: "127.0.0.1", port: 1899 });
    const entry = await test.house.registry.find("one");
    expect([entry?.kind, entry?.schemes]).toEqual(["service", ["password"]]);
    expect(shown(entry)).not.toContain(password);
    expect(await connect("one", password)).toMatchObject({ result: "allow", deviceId: "one" });
    expect(await connect("one", `${password}x`)).toMatchObject({ result: "deny", reason: "bad_password" });
  });

  it.each(["service.list", "service.show", "device.list", "status"])(
    "no answer of %s has a hash or password in it",
    async (name) => {
      await add(`hashed-${name}`);
      await rotate(`hashed-${name}`, 3600);
      const text = shown(await test.run(name, name === "service.show" ? { name: `hashed-${name}` } : {}));
      expect(text).not.toMatch(/scrypt|hash"/i);
    },
  );

  it("a device's view does not give its former password's hash away either", async () => {
    const previousPassword = { hash: `$scrypt$${"x".repeat(40)}`, until: testNowMs + 1000 };
    await test.house.registry.setRights("sensor-1", { previousPassword });
    expect(shown(await test.run("device.show", { id: "sensor-1" }))).not.toContain("scrypt");
  });

  it("superuser: warned of, and reads everything", async () => {
    const { warnings, reads } = await add("root", { profile: "superuser" });
    expect([warnings, reads]).toEqual([[expect.stringContaining("EVERYTHING")], "#"]);
    expect((await add("mild")).warnings).toEqual([]);
  });

  it("its name is no device's, and who tries to add one is told where to look", async () => {
    await add("taken");
    await expect(test.run("device.add", { id: "taken" })).rejects.toMatchObject({
      code: "is_service",
      next: "connack service show taken",
    });
  });

  it.each(["back\u202eend", "back\u2028end"])(
    "nothing is registered under a name nobody can connect with: %j",
    async (id) => {
      await expect(add(id)).rejects.toMatchObject({ code: "bad_service_name" });
      await expect(test.run("device.add", { id })).rejects.toMatchObject({ code: "bad_device_id" });
    },
  );

  it("with rules of its own only", async () => {
    const rules = [{ permission: "allow", action: "publish", topics: ["a/+/set"] }];
    expect(await add("writer", { profile: "none", rules })).toMatchObject({ writes: "a/test/set" });
    const nothing = await add("nothing", { profile: "none" });
    expect([nothing.reads, nothing.writes]).toEqual([undefined, undefined]);
  });

  it.each([
    ["one", { profile: "backend" }, "service_exists"],
    ["sensor-1", { profile: "backend" }, "service_exists"],
    ["a/b", { profile: "backend" }, "bad_service_name"],
    ["x", { profile: "sensor" }, "bad_input"],
    ["x", {}, "bad_input"],
  ])("%s with %j is refused: %s", async (name, more, code) => {
    await expect(add(name, more)).rejects.toMatchObject({ code });
  });

  it("is refused while passwords are switched off", async () => {
    const off = await openTestHouse({ overrides: { "credentials.password.enabled": false } });
    await expect(off.run("service.add", { name: "x", profile: "none" })).rejects.toMatchObject({ code: "scheme_off" });
    await off.close();
  });
});

describe("rotation", () => {
  it("ends the former password at once, or after the grace", async () => {
    const first = await add("turning");
    const second = await rotate("turning");
    expect((await test.house.registry.find("turning"))?.previousPassword).toBeUndefined();
    const third = await rotate("turning", 3600);
    expect(third.service.formerPasswordUntil).toBe(new Date(testNowMs + 3_600_000).toISOString());
    const results = await Promise.all([first, second, third].map(({ password }) => connect("turning", password)));
    expect(results.map(({ result }) => result)).toEqual(["deny", "allow", "allow"]);
    await rotate("turning");
    expect(await connect("turning", third.password)).toMatchObject({ result: "deny" });
    expect(await connect("turning", second.password)).toMatchObject({ result: "deny" });
  });

  it("without grace it cuts the connections, with grace it does not", async () => {
    await add("watched");
    const kinds: string[] = [];
    const stop = test.house.registry.onChange(({ id, kind }) => id === "watched" && kinds.push(kind));
    await rotate("watched", 60);
    await rotate("watched");
    stop();
    expect(kinds).toEqual(["at next connect", "rights"]);
  });

  it("grace is at most 30 days", async () => {
    await expect(rotate("watched", 31 * 86_400)).rejects.toMatchObject({ code: "bad_input" });
  });
});

describe("status", () => {
  it("disabled, enabled, removed and made anew", async () => {
    const { password } = await add("life");
    const change = (verb: string) => test.run<{ status: string }>(`service.${verb}`, { name: "life" });
    expect((await change("disable")).status).toBe("disabled");
    expect(await connect("life", password)).toMatchObject({ reason: "device_disabled" });
    expect((await change("enable")).status).toBe("active");
    expect(await connect("life", password)).toMatchObject({ result: "allow" });
    expect((await change("remove")).status).toBe("removed");
    expect(await connect("life", password)).toMatchObject({ result: "deny" });
    for (const verb of ["enable", "disable"])
      await expect(change(verb)).rejects.toMatchObject({ code: "service_removed" });
    await expect(rotate("life")).rejects.toMatchObject({ code: "service_removed" });
    const anew = await add("life", { profile: "dashboard" });
    expect(anew.service).toMatchObject({ status: "active", profile: "dashboard" });
    expect(await connect("life", password)).toMatchObject({ result: "deny" });
  });
});

describe("devices and services are apart", () => {
  const deviceOperations = ["show", "set", "approve", "enable", "disable", "revoke", "remove", "kick"];
  const serviceOperations = ["show", "rotate", "enable", "disable", "remove", "kick"];

  it.each(deviceOperations)("device.%s refuses a service and names its command", async (verb) => {
    await expect(test.run(`device.${verb}`, { id: "one" })).rejects.toMatchObject({
      code: "is_service",
      next: "connack service show one",
    });
  });

  it.each(serviceOperations)("service.%s refuses a device and names its command", async (verb) => {
    await expect(test.run(`service.${verb}`, { name: "sensor-1" })).rejects.toMatchObject({
      code: "is_device",
      next: "connack device show sensor-1",
    });
    await expect(test.run(`service.${verb}`, { name: "nobody" })).rejects.toMatchObject({ code: "service_not_found" });
  });

  it("a credential is not issued for a service: its password would be gone", async () => {
    await expect(test.run("credential.issue", { device: "one", scheme: "password" })).rejects.toMatchObject({
      code: "is_service",
    });
    await expect(test.run("credential.issue", { device: "one", scheme: "jwt" })).rejects.toMatchObject({
      code: "is_service",
    });
  });

  it("each list has its own, and status counts both", async () => {
    const { devices } = await test.run<{ devices: { id: string }[] }>("device.list", {});
    expect(devices.map(({ id }) => id)).toEqual(["sensor-1"]);
    const { services } = await test.run<{ services: { name: string }[] }>("service.list", {});
    expect(services.map(({ name }) => name)).toContain("one");
    expect(services.map(({ name }) => name)).not.toContain("sensor-1");
    const { devices: counted, services: of } = await test.run<Record<string, Record<string, number>>>("status", {});
    expect([counted?.active, of?.active]).toEqual([1, services.length]);
  });

  it("the list of services goes on after a name", async () => {
    const { services, next } = await test.run<{ services: { name: string }[]; next?: string }>("service.list", {
      limit: 2,
    });
    const more = await test.run<{ services: { name: string }[] }>("service.list", { limit: 1, after: next });
    expect(services).toHaveLength(2);
    expect(more.services[0]?.name.localeCompare(next ?? "")).toBe(1);
  });
});

describe("kicks", () => {
  it("end the connections of a service, and say how many", async () => {
    await add("gate", { profile: "gateway" });
    expect(await test.run("service.kick", { name: "gate" })).toEqual({ id: "gate", ended: 1, devices: 1 });
    expect(await test.run("device.kick", { id: "sensor-1" })).toEqual({ id: "sensor-1", ended: 0, devices: 0 });
    expect(test.kicked).toEqual(["gate"]);
  });

  it("need a broker of ours: without one it is said what can be done", async () => {
    const none = await openTestHouse();
    const other = await openTestHouse({ listeners: { brokers: "http://127.0.0.1:1" } });
    for (const { run } of [none, other]) await run("device.add", { id: "a b", clientIds: ["c d"] });
    await expect(none.run("device.kick", { id: "a b" })).rejects.toMatchObject({ code: "not_running" });
    await expect(other.run("device.kick", { id: "a b" })).rejects.toMatchObject({
      code: "no_embedded_broker",
      next: "emqx ctl clients kick 'c d'",
    });
    await expect(other.run("device.kick", { group: "g" })).rejects.toMatchObject({ code: "no_embedded_broker" });
    await expect(other.run("device.kick", { id: "a", group: "g" })).rejects.toMatchObject({ code: "bad_input" });
    // The rights are set all the same, and what was not done is told.
    expect(await other.run("acl.set", { id: "a b", profile: "none", kick: true })).toMatchObject({
      profile: "none",
      notEnded: { code: "no_embedded_broker" },
    });
    await none.close();
    await other.close();
  });
});

describe("service.lend", () => {
  const lend = (input: object) => test.run<LentCredential>("service.lend", input);
  const asked = { topic: "a", qos: 1, retain: false };

  it("gives what the embedded broker takes once, and nobody else takes", async () => {
    const { username, password, url } = await lend({ subscribe: ["a/#"] });
    expect(url).toBe("mqtt://127.0.0.1:1899");
    expect(await connect(username, password)).toMatchObject({ result: "deny" });
    const { guests } = test.house.embedded ?? {};
    expect(guests?.admit({ clientId: username, username, password })?.acl).toEqual([
      { permission: "allow", action: "subscribe", topic: "eq a/#" },
      { permission: "deny", action: "all", topic: "#" },
    ]);
    expect(await test.house.registry.find(username)).toBeUndefined();
  });

  it("for publishing: that topic, at that QoS", async () => {
    const { username, password } = await lend({ publish: asked });
    const { guests } = test.house.embedded ?? {};
    expect(guests?.admit({ clientId: username, username, password })?.acl[0]).toEqual({
      permission: "allow",
      action: "publish",
      topic: "eq a",
      qos: [1],
      retain: false,
    });
  });

  it.each([
    [{}],
    [{ subscribe: ["a"], publish: asked }],
    [{ subscribe: [] }],
    [{ subscribe: ["a#"] }],
    [{ subscribe: ["$share/g/a"] }],
    [{ publish: { ...asked, topic: "a/#" } }],
    [{ publish: { ...asked, topic: "$SYS/a" } }],
  ])("%j is no purpose", async (input) => {
    await expect(lend(input)).rejects.toMatchObject({ code: "bad_input" });
  });

  it("a hundred filters are the most", async () => {
    await expect(lend({ subscribe: Array(101).fill("a") })).rejects.toMatchObject({ code: "bad_input" });
  });

  it("says what to do where no broker of ours runs, or none without TLS", async () => {
    const none = await openTestHouse();
    await expect(none.run("service.lend", { subscribe: ["a"] })).rejects.toMatchObject({ code: "not_running" });
    none.house.listeners.brokers = "http://127.0.0.1:1";
    await expect(none.run("service.lend", { subscribe: ["a b"] })).rejects.toMatchObject({
      code: "no_embedded_broker",
      next: expect.stringMatching(/connack service add .*\nmosquitto_sub .*-t 'a b' -v$/),
    });
    await none.close();
    const tls = await openTestHouse({ connected: [], listeners: { mqtts: "mqtts://127.0.0.1:8883" } });
    await expect(tls.run("service.lend", { subscribe: ["a"] })).rejects.toMatchObject({ code: "no_plain_listener" });
    tls.house.listeners.ws = "ws://[::]:8083/mqtt";
    expect((await tls.run<LentCredential>("service.lend", { subscribe: ["a"] })).url).toBe("ws://127.0.0.1:8083/mqtt");
    await tls.close();
  });
});
