import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SetRights } from "./acl-set.ts";
import type { AclAnswer } from "./acl-verdict.ts";
import type { AclHolders } from "./acl-who.ts";
import { OperationError } from "./operation.ts";
import { openTestHouse, type TestHouse } from "./testing/open-test-house.ts";

let test: TestHouse;
beforeAll(async () => {
  test = await openTestHouse({
    connected: [
      { deviceId: "lamp-1", clientId: "lamp-1" },
      { deviceId: "lamp-1", clientId: "lamp-1b" },
      { deviceId: "02:00:00:00:00:01", clientId: "lamps@@@02_00_00_00_00_01@@@x" },
      { deviceId: "other", clientId: "other" },
    ],
    overrides: { "acl.groups": { fixed: { profile: "none", rules: [] } } },
  });
  await test.run("device.add", { id: "lamp-1", group: "lamps" });
  await test.run("device.add", { id: "02:00:00:00:00:01", schemes: ["xiaozhi-hmac"] });
  await test.run("device.add", { id: "other" });
  await test.run("device.add", { id: "gone", status: "pending" });
  await test.run("service.add", { name: "backend", profile: "backend" });
});
afterAll(() => test.close());

const set = (input: object) => test.run<SetRights>("acl.set", input);
const ask = (id: string, action: string, topic: string, more: object = {}) =>
  test.run<AclAnswer>("acl.test", { id, action, topic, ...more });
const who = (topic: string, more: object = {}) => test.run<AclHolders>("acl.who", { topic, kind: "device", ...more });
const allow = (topic: string, action = "all", more: object = {}) => ({
  permission: "allow",
  action,
  topics: [topic],
  ...more,
});
const deny = (topic: string, action = "all") => ({ permission: "deny", action, topics: [topic] });
const ownRules = async (id: string) =>
  (await test.run<{ rules: { topics: string[] }[] }>("device.show", { id })).rules.map(({ topics }) => topics[0]);

describe("acl.set", () => {
  it("replaces the own rules, appends, keeps them when only the profile is given, and clears", async () => {
    await set({ id: "other", rules: [allow("a"), deny("b")] });
    expect(await ownRules("other")).toEqual(["a", "b"]);
    await set({ id: "other", rules: [allow("c")], append: true });
    expect(await ownRules("other")).toEqual(["a", "b", "c"]);
    expect(await set({ id: "other", profile: "none" })).toMatchObject({
      profile: "none",
      effective: "at next connect",
      kickCommand: "connack device kick other",
    });
    expect(await ownRules("other")).toEqual(["a", "b", "c"]);
    await set({ id: "other", rules: [allow("d")] });
    expect(await ownRules("other")).toEqual(["d"]);
    expect(await set({ id: "other", profile: null })).toMatchObject({
      profile: "sensor",
      profileFrom: "default for jwt",
    });
    await set({ id: "other", profile: "none" });
    await set({ id: "other", clear: true });
    expect([await ownRules("other"), (await set({ id: "other", rules: [] })) as object]).toMatchObject([
      [],
      { profile: "sensor" },
    ]);
  });

  it.each([
    [{ id: "other", profile: "backend" }, "profile_not_allowed"],
    [{ id: "backend", profile: "sensor" }, "profile_not_allowed"],
    [{ group: "lamps", profile: "superuser" }, "profile_not_allowed"],
    [{ group: "fixed", profile: "sensor" }, "group_in_configuration"],
    [{ id: "nobody", profile: "none" }, "device_not_found"],
    [{ id: "other", group: "lamps", profile: "none" }, "bad_input"],
    [{ profile: "none" }, "bad_input"],
    [{ id: "other", profile: "king" }, "bad_input"],
    [{ id: "other", rules: [allow("a/#/b")] }, "bad_input"],
    [{ id: "other", rules: [allow(`a/\${nothing}`)] }, "bad_input"],
    [{ id: "other", rules: [allow("a", "subscribe", { retain: true })] }, "bad_input"],
  ])("%j is refused: %s", async (input, code) => {
    await expect(set(input)).rejects.toMatchObject({ code });
  });

  it("says what is wrong with a rule", async () => {
    await expect(set({ id: "other", rules: [allow("a/#/b")] })).rejects.toThrow("a/#/b: not an MQTT topic filter");
  });

  it("a hundred rules are the most, appended ones included", async () => {
    await set({ id: "other", rules: Array.from({ length: 100 }, (_, index) => allow(`a/${index}`)) });
    await expect(set({ id: "other", rules: Array(101).fill(allow("a")) })).rejects.toMatchObject({ code: "bad_input" });
    await expect(set({ id: "other", rules: [allow("b")], append: true })).rejects.toMatchObject({
      code: "too_many_rules",
    });
    await set({ id: "other", clear: true });
  });

  it("warns of a topic that the shell has emptied, and of a superuser", async () => {
    const { warnings } = await set({ id: "other", rules: [allow("devices//up")] });
    expect(warnings).toEqual([expect.stringContaining("single quotes")]);
    await set({ id: "other", clear: true });
  });

  it("for a group: counts its devices, kicks them, and leaves nothing behind when it is cleared", async () => {
    test.kicked.length = 0;
    expect(await set({ group: "lamps", profile: "none", rules: [allow("lamps/#")], kick: true })).toMatchObject({
      group: "lamps",
      from: "registry",
      profile: "none",
      devices: { count: 1, more: false },
      ended: 3,
    });
    // The second of them is of that group by its client id only.
    expect(test.kicked).toEqual(["lamp-1", "02:00:00:00:00:01"]);
    expect(await test.run("acl.groups", {})).toMatchObject({
      groups: [
        { group: "fixed", from: "configuration" },
        { group: "lamps", from: "registry" },
      ],
    });
    expect(await ask("lamp-1", "publish", "lamps/a")).toMatchObject({
      result: "allow",
      rule: { from: "group lamps (registry), rule 1" },
    });
    await set({ group: "lamps", clear: true });
    expect(test.house.registry.groupRights().has("lamps")).toBe(false);
    expect(await test.run("acl.group", { group: "lamps" })).toMatchObject({ from: "none", rules: [] });
  });

  it("without --kick nobody is kicked", async () => {
    test.kicked.length = 0;
    await set({ id: "lamp-1", rules: [allow("x")] });
    expect(test.kicked).toEqual([]);
    expect((await set({ id: "lamp-1", clear: true, kick: true })).ended).toBe(2);
    expect(test.kicked).toEqual(["lamp-1"]);
  });
});

describe("acl.test", () => {
  it("names the rule that decides and where it comes from", async () => {
    await set({ id: "other", rules: [deny("devices/other/fw", "publish")] });
    expect(await ask("other", "publish", "devices/other/fw")).toMatchObject({
      result: "deny",
      rule: { n: 1, topic: "devices/other/fw", from: "device other, rule 1" },
    });
    expect(await ask("other", "publish", "devices/other/x")).toMatchObject({
      result: "allow",
      rule: { n: 2, from: "profile sensor" },
    });
    expect(await ask("other", "subscribe", "devices/#")).toMatchObject({
      result: "deny",
      rule: { n: 3, from: expect.stringContaining("closing") },
    });
    await set({ id: "other", clear: true });
  });

  it("heeds QoS and retain", async () => {
    await set({ id: "other", profile: "none", rules: [allow("a", "publish", { qos: [1], retain: true })] });
    const results = await Promise.all(
      [{}, { qos: 1 }, { retain: true }, { qos: 1, retain: true }].map((more) => ask("other", "publish", "a", more)),
    );
    expect(results.map(({ result }) => result)).toEqual(["deny", "deny", "deny", "allow"]);
    await set({ id: "other", clear: true });
  });

  it("tells what is withheld inside of an allowed filter, and nothing that is not", async () => {
    const rules = [
      deny("a/secret", "subscribe"),
      deny("a/+/key"),
      deny("a/log", "publish"),
      deny("b/#"),
      deny("eq a/+"),
      allow("a/#"),
      deny("a/late"),
      deny("a/secret"),
    ];
    await set({ id: "other", rules });
    const { result, withheld } = await ask("other", "subscribe", "a/#");
    expect([result, withheld.map(({ topic }) => topic)]).toEqual(["allow", ["a/secret", "a/+/key"]]);
    expect((await ask("other", "publish", "a/x")).withheld).toEqual([]);
    await set({ id: "other", clear: true });
  });

  it("one that is not active may do nothing", async () => {
    expect(await ask("gone", "publish", "devices/gone/x")).toMatchObject({
      result: "deny",
      because: "it is pending (device_pending)",
    });
  });

  it("takes the client id and user name that are given, and says which rules it left out without", async () => {
    await set({
      id: "other",
      profile: "none",
      rules: [allow(`a/\${clientId}`), deny("b/#"), allow(`c/\${username}/x`)],
    });
    const open = await ask("other", "publish", "a/c-1");
    expect([open.result, open.notes]).toEqual(["deny", [expect.stringMatching(/^Rule 1 .*clientId/)]]);
    expect(await ask("other", "publish", "a/c-1", { clientId: "c-1" })).toMatchObject({ result: "allow", notes: [] });
    expect(await ask("other", "publish", "c/u/x", { username: "u" })).toMatchObject({ result: "allow" });
    // What can make no difference is not mentioned.
    expect((await ask("other", "publish", "z")).notes).toEqual([]);
    await set({ id: "other", clear: true });
  });

  it.each([
    ["publish", "a/#"],
    ["publish", "a+"],
    ["subscribe", "a#"],
    ["subscribe", "a\u0000"],
  ])("%s %j is no question", async (action, topic) => {
    await expect(ask("other", action, topic)).rejects.toMatchObject({ code: "bad_input" });
  });

  it("another scheme than those it may use is refused", async () => {
    await expect(ask("other", "publish", "a", { scheme: "password" })).rejects.toBeInstanceOf(OperationError);
  });

  it("says that the embedded broker keeps $ to itself", async () => {
    const { notes } = await ask("backend", "publish", "$SYS/x");
    expect(notes).toEqual([expect.stringContaining("begins with $")]);
    expect((await ask("backend", "subscribe", "$share/g/devices/#")).notes).toEqual([
      expect.stringContaining("shared"),
    ]);
  });
});

describe("acl.who", () => {
  it("finds who may publish and who may read, services apart from devices", async () => {
    const topic = "devices/lamp-1/on";
    expect((await who(topic)).holders.map(({ id, action, rule }) => [id, action, rule.from])).toEqual([
      ["lamp-1", "publish", "profile sensor"],
      ["lamp-1", "subscribe", "profile sensor"],
    ]);
    expect((await who(topic, { kind: "service" })).holders.map(({ id, action }) => [id, action])).toEqual([
      ["backend", "publish"],
      ["backend", "subscribe"],
    ]);
    expect((await who(topic, { action: "publish" })).holders).toHaveLength(1);
  });

  it("passes over those that are not active, and says so", async () => {
    expect(await who("devices/gone/x")).toMatchObject({ holders: [], lookedAt: 3, notActive: 1 });
  });

  it("for a filter: who may subscribe to it; nobody publishes to a filter", async () => {
    expect((await who("devices/#", { kind: "service" })).holders).toMatchObject([
      { id: "backend", action: "subscribe" },
    ]);
    await expect(who("devices/#", { action: "publish" })).rejects.toMatchObject({ code: "bad_input" });
  });

  it("finds readers that get it through a wider filter, and says where", async () => {
    await set({ id: "other", profile: "none", rules: [deny("a/secret", "subscribe"), allow("a/#", "subscribe")] });
    expect((await who("a/secret", { action: "subscribe" })).holders).toMatchObject([
      { id: "other", note: expect.stringContaining("at EMQX") },
    ]);
    await set({ id: "other", profile: "none", rules: [allow("eq a/#", "subscribe")] });
    expect((await who("a/x")).holders).toMatchObject([{ id: "other", action: "subscribe", note: "through a/#" }]);
    await set({ id: "other", clear: true });
  });

  it("finds what is allowed at one QoS, or retained, only", async () => {
    await set({ id: "other", profile: "none", rules: [allow("a", "publish", { qos: [2], retain: true })] });
    expect((await who("a")).holders).toMatchObject([{ id: "other", action: "publish", note: "only QoS 2, retained" }]);
    await set({ id: "other", clear: true });
  });

  it("looks at every scheme and client id a device may use", async () => {
    await test.run("device.add", { id: "two", schemes: ["password", "jwt"], clientIds: ["first", "second"] });
    await set({ id: "two", profile: "none", rules: [allow(`two/\${clientId}`, "publish")] });
    expect((await who("two/first")).holders).toMatchObject([{ id: "two", scheme: "password", clientId: "first" }]);
    expect((await who("two/second")).holders).toMatchObject([{ id: "two" }]);
    expect((await who("two/third")).holders).toEqual([]);
    await test.run("device.set", { id: "two", clientIds: [] });
    await set({ id: "two", rules: [allow(`two/\${clientId}`)] });
    expect(await who("two/third")).toMatchObject({ holders: [], undecided: 1 });
    expect(await who("three/third")).toMatchObject({ holders: [], undecided: 0 });
    await set({ id: "two", profile: "none", rules: [allow(`by/\${username}`, "publish")] });
    expect((await who("by/two")).holders).toMatchObject([{ id: "two", scheme: "password" }]);
    await test.run("device.remove", { id: "two" });
  });
});

describe("acl.who of a fleet", () => {
  it("goes on from where it stopped, and answers all once", async () => {
    const fleet = await openTestHouse();
    const rules = [{ permission: "allow" as const, action: "publish" as const, topics: ["alarm"] }];
    const devices = Array.from({ length: 130 }, (_, index) => ({
      id: `d-${String(index).padStart(3, "0")}`,
      status: "active" as const,
      schemes: ["jwt" as const],
      createdAt: 0,
      ...(index % 3 === 0 && { rules }),
    }));
    await fleet.house.registry.importMany(devices);
    for (const step of [{ limit: 7 }, { look: 20 }, { limit: 44 }, {}]) {
      const ids: string[] = [];
      let lookedAt = 0;
      let after: string | undefined;
      do {
        const page: AclHolders = await fleet.run("acl.who", {
          topic: "alarm",
          kind: "device",
          ...step,
          ...(after !== undefined && { after }),
        });
        expect(page.holders.length).toBeLessThanOrEqual(step.limit ?? 100);
        ids.push(...page.holders.map(({ id }) => id));
        lookedAt += page.lookedAt;
        after = page.next;
      } while (after !== undefined);
      expect(ids).toEqual(devices.filter(({ id }) => Number(id.slice(2)) % 3 === 0).map(({ id }) => id));
      expect(lookedAt).toBe(130);
    }
    await fleet.close();
  });
});
