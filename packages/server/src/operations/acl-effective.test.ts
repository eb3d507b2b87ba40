import { compileAcl } from "@connack/credentials";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aclValues } from "../authz/acl-values.ts";
import { grantAcl, originOf } from "../authz/grant-acl.ts";
import { createResolveRights } from "../authz/resolve-rights.ts";
import type { GroupRights } from "../authz/rights.ts";
import type { Device } from "../registry/device.ts";
import { type ConnectsWith, effectiveRights, rulesThatHold } from "./acl-effective.ts";

const groups: GroupRights = {
  find: (group) =>
    group === "lamps"
      ? { from: "registry", profile: "none", rules: [{ permission: "allow", action: "publish", topics: ["lamps/up"] }] }
      : undefined,
  version: () => 1,
};
const resolveRights = createResolveRights(groups);
const rule = (permission: "allow" | "deny", action: "publish" | "subscribe" | "all", ...topics: string[]) => ({
  permission,
  action,
  topics,
});

function device(more: Partial<Device> = {}): Device {
  return {
    id: "sensor-1",
    kind: "device",
    status: "active",
    schemes: ["jwt"],
    minKeyGeneration: 0,
    attributes: {},
    rules: [],
    clientIds: [],
    createdAt: 0,
    ...more,
  };
}

const listed = (of: Device, connects: ConnectsWith = {}) =>
  effectiveRights(resolveRights, of, connects)
    .rules.filter(({ from }) => !from.startsWith("closing"))
    .map(({ n, topic, state, note, from }) => [n, topic, state, note ?? from]);

describe("the list of a device", () => {
  it("has its own rules, its group's and its profile's, and ends in denials", () => {
    const rights = effectiveRights(
      resolveRights,
      device({ group: "lamps", rules: [rule("deny", "publish", "a", "b")] }),
      {},
    );
    expect(rights).toMatchObject({ group: "lamps", profile: "none", profileFrom: "group lamps (registry)" });
    expect(rights.rules.slice(0, 4).map(({ n, topic, from }) => [n, topic, from])).toEqual([
      [1, "a", "device sensor-1, rule 1"],
      [2, "b", "device sensor-1, rule 1"],
      [3, "lamps/up", "group lamps (registry), rule 1"],
      [4, "#", "closing rule: what nothing allows is denied"],
    ]);
    expect(rights.rules.slice(3).every(({ permission }) => permission === "deny")).toBe(true);
  });

  it("is what a CONNECT with the same names gets", () => {
    const rules = [rule("allow", "all", `a/\${clientId}`, `b/\${attrs.site}`), rule("deny", "all", `c/\${username}`)];
    const { rules: all } = effectiveRights(resolveRights, device({ rules, attributes: { site: "7" } }), {
      clientId: "c-1",
      username: "u-1",
    });
    const { rules: held, of } = rulesThatHold(all);
    expect(held.slice(0, 3).map(({ topic }) => topic)).toEqual(["a/c-1", "b/7", "c/u-1"]);
    const verdict = compileAcl(held).decide({ action: "publish", topic: "b/7", qos: 0, retain: false });
    expect([verdict.allowed, of[verdict.rule ?? -1]?.topic]).toEqual([true, "b/7"]);
  });

  it("is the very list that is granted, whatever the rules", () => {
    const topics = [
      "a",
      `a/\${clientId}`,
      `a/\${attrs.site}`,
      `a/\${attrs.none}`,
      `a/\${mac}`,
      "eq a/#",
      "a/#",
      `\${attrs.bad}/x`,
    ];
    const template = fc.record({
      permission: fc.constantFrom("allow" as const, "deny" as const),
      action: fc.constantFrom("publish" as const, "subscribe" as const, "all" as const),
      topics: fc.array(fc.constantFrom(...topics), { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(template, { maxLength: 6 }), (rules) => {
        const of = device({ rules, attributes: { site: "7", bad: "x/y" } });
        const known = { clientId: "c-1", username: "u-1" };
        const rights = resolveRights(of, "jwt", undefined);
        const granted = grantAcl(rights, aclValues({ device: of, ...known }));
        const { rules: all } = effectiveRights(resolveRights, of, known);
        expect(rulesThatHold(all).rules).toEqual(granted.rules);
        const origins = granted.rules.map((_, index) => originOf(rights, granted, index));
        expect(rulesThatHold(all).of.map(({ from }) => from)).toEqual(origins);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it("shows a topic that only the CONNECT completes as a template, and takes the latest client id where there is one", () => {
    const rules = [rule("allow", "publish", `a/\${clientId}`, `b/\${claims.site}`, `c/\${attrs.hostname}`)];
    expect(listed(device({ rules, profile: "none" }))).toEqual([
      [1, `a/\${clientId}`, "at connect", "filled in at connect: clientId"],
      [2, `b/\${claims.site}`, "at connect", "filled in at connect: claims.site"],
      [3, `c/\${attrs.hostname}`, "at connect", "filled in at connect: attrs.hostname"],
    ]);
    expect(listed(device({ rules, profile: "none", clientIds: ["old", "new"] }))[0]?.[1]).toBe("a/new");
  });

  it.each([
    [`a/\${attrs.site}`, {}, "it has no attribute site"],
    [`a/\${mac}`, {}, "its id is no MAC address"],
    [`a/\${deviceId}`, { id: "p2p" }, "its name is that of a branch that is not its own"],
    [`a/\${attrs.site}`, { attributes: { site: "a/#" } }, "a value has a character that means something in a topic"],
    [
      `a/\${attrs.hostname}`,
      { attributes: { hostname: "devices" } },
      "its name is that of a branch that is not its own",
    ],
    [`a/\${claims.x}`, { schemes: ["password" as const] }, "only a JWT has claims"],
  ])("a rule that never has a topic is told: %s", (topic, more, why) => {
    const of = device({ ...more, profile: "none", rules: [rule("allow", "all", topic), rule("allow", "all", "b")] });
    expect(listed(of)).toEqual([
      [undefined, topic, "never", `${why}: it matches nothing`],
      [1, "b", "holds", expect.any(String)],
    ]);
  });

  it("a denial that never has a topic ends the list", () => {
    const of = device({ rules: [rule("deny", "all", `a/\${attrs.site}`), rule("allow", "all", "b")] });
    expect(listed(of)).toEqual([[undefined, `a/\${attrs.site}`, "never", expect.stringContaining("is denied")]]);
  });

  it("names a rule that gives the same topic twice once", () => {
    const of = device({ profile: "none", rules: [rule("allow", "all", "a", "a")] });
    expect(listed(of)).toHaveLength(1);
  });
});

describe("xiaozhi", () => {
  const mac = "02:00:00:00:00:01";
  const clientId = "lamps@@@02_00_00_00_00_01@@@x";
  const xiaozhi = device({ id: mac, schemes: ["xiaozhi-hmac"] });

  it("takes the group from a signed client id", () => {
    expect(effectiveRights(resolveRights, xiaozhi, { clientId })).toMatchObject({ group: "lamps", profile: "none" });
    expect(effectiveRights(resolveRights, { ...xiaozhi, group: "other" }, { clientId }).profile).toBe("xiaozhi");
  });

  it("never from an unsigned one, which names whatever it likes", () => {
    const unsigned = { ...xiaozhi, schemes: ["xiaozhi-unsigned" as const] };
    const rights = effectiveRights(resolveRights, unsigned, { clientId: "lamps@@@02_00_00_00_00_01" });
    expect([rights.group, rights.profile]).toEqual([undefined, "xiaozhi-unsigned"]);
  });

  it("shows what the broker subscribes it to, also before its first connect", () => {
    expect(effectiveRights(resolveRights, xiaozhi, {}).subscriptions).toEqual([
      { topic: "devices/p2p/02_00_00_00_00_01", qos: 0 },
      { topic: `devices/p2p/\${attrs.mac}`, qos: 0, note: "filled in at connect: attrs.mac" },
      { topic: `devices/p2p/\${clientId}`, qos: 0, note: "filled in at connect: clientId" },
    ]);
    const own = clientId.replace("lamps", "g");
    expect(effectiveRights(resolveRights, xiaozhi, { clientId: own }).subscriptions.map(({ topic }) => topic)).toEqual([
      "devices/p2p/02_00_00_00_00_01",
      `devices/p2p/${own}`,
    ]);
  });
});
