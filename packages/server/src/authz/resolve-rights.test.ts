// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import { type AclRuleTemplate, schemeNames } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { profileNames, profiles } from "./profiles.ts";
import { createResolveRights } from "./resolve-rights.ts";
import type { Rights } from "./rights.ts";
import { deviceCalled } from "./testing/device-called.ts";
import { groupsOf } from "./testing/groups-of.ts";

const rule = (permission: "allow" | "deny", ...topics: string[]): AclRuleTemplate => ({
  permission,
  action: "all",
  topics,
});

function resolverOf(groups: Record<string, Rights> = {}) {
  const known = groupsOf(groups);
  return { ...known, resolve: createResolveRights(known.rights) };
}

/** `topic: origin` of each rule that is not the profile's. */
const ownRules = ({ rules, origins }: ReturnType<ReturnType<typeof createResolveRights>>) =>
  rules.map(({ topic }, index) => `${topic}: ${origins[index]}`).filter((line) => !line.includes(": profile "));

describe("the order of rights", () => {
  const groups = { lamps: { profile: "none", rules: [rule("deny", "a/key"), rule("allow", "a/#", "b")] } as Rights };

  it("is the device's own rules, its group's, its profile's", () => {
    const device = deviceCalled("d", { rules: [rule("allow", "a/key/own")], profile: "sensor" });
    const resolved = resolverOf(groups).resolve(device, "jwt", "lamps");
    expect(resolved.rules.map(({ topic }, index) => [topic, resolved.origins[index]])).toEqual([
      ["a/key/own", "device d, rule 1"],
      ["a/key", "group lamps (registry), rule 1"],
      ["a/#", "group lamps (registry), rule 2"],
      ["b", "group lamps (registry), rule 2"],
      ["devices/${deviceId}/#", "profile sensor"],
    ]);
  });

  it("takes the device's profile before its group's, and the scheme's where there is none", () => {
    const { resolve } = resolverOf({ ...groups, quiet: { rules: [] } });
    const profileOf = (profile: string | undefined, group: string | undefined) => {
      const device = deviceCalled("d", profile === undefined ? {} : { profile });
      const resolved = resolve(device, "jwt", group);
      return [resolved.profile, resolved.profileFrom];
    };
    expect(profileOf("xiaozhi", "lamps")).toEqual(["xiaozhi", "set for this device"]);
    expect(profileOf(undefined, "lamps")).toEqual(["none", "group lamps (registry)"]);
    expect(profileOf(undefined, "quiet")).toEqual(["sensor", "default for jwt"]);
    expect(profileOf(undefined, "unheard of")).toEqual(["sensor", "default for jwt"]);
    expect(profileOf(undefined, undefined)).toEqual(["sensor", "default for jwt"]);
  });

  it("has a profile for every scheme, and only the unsigned one gives less than its sibling", () => {
    const { resolve } = resolverOf();
    const chosen = schemeNames.map((scheme) => [scheme, resolve(deviceCalled("d"), scheme, undefined).profile]);
    expect(Object.fromEntries(chosen)).toEqual({
      "xiaozhi-hmac": "xiaozhi",
      "xiaozhi-unsigned": "xiaozhi-unsigned",
      jwt: "sensor",
      password: "sensor",
      "client-certificate": "sensor",
    });
    const topics = (name: "xiaozhi" | "xiaozhi-unsigned") => profiles[name].rules.flatMap((each) => each.topics);
    expect(topics("xiaozhi")).toEqual(expect.arrayContaining(topics("xiaozhi-unsigned")));
    expect(topics("xiaozhi-unsigned")).not.toContain("devices/p2p/${clientId}");
  });

  it("gives nothing for a stored profile that nobody knows, or that the other kind has", () => {
    const { resolve } = resolverOf({ wide: { profile: "superuser", rules: [] } as Rights });
    for (const profile of ["of a newer version", "toString", "superuser", "gateway"]) {
      expect(resolve(deviceCalled("d", { profile }), "jwt", undefined)).toMatchObject({ profile: "none", rules: [] });
    }
    for (const profile of ["of a newer version", "xiaozhi", "sensor"]) {
      const service = deviceCalled("s", { kind: "service", profile });
      expect(resolve(service, "password", undefined)).toMatchObject({ profile: "none", rules: [] });
    }
  });

  it("gives a service what it was given, and nothing of a group or a scheme", () => {
    const { resolve } = resolverOf(groups);
    const service = deviceCalled("s", { kind: "service", group: "lamps" });
    expect(resolve(service, "password", "lamps")).toMatchObject({ profile: "none", rules: [] });
    const given = resolve({ ...service, profile: "gateway", rules: [rule("allow", "x")] }, "password", "lamps");
    expect(given.profile).toBe("gateway");
    expect(ownRules(given)).toEqual(["x: service s, rule 1"]);
  });

  it("knows every profile", () => {
    const { resolve } = resolverOf();
    for (const profile of profileNames) {
      const kind = profiles[profile].for === "service" ? "service" : "device";
      const { rules, origins } = resolve(deviceCalled("d", { kind, profile }), "jwt", undefined);
      expect(rules.map(({ topic }) => topic)).toEqual(profiles[profile].rules.flatMap(({ topics }) => topics));
      expect(origins).toEqual(rules.map(() => `profile ${profile}`));
    }
  });
});

describe("what was worked out", () => {
  it("is used again for devices that have it in common, and for a device whose rules are the same", () => {
    const { resolve, reads } = resolverOf({ lamps: { rules: [rule("allow", "a")] } });
    const first = resolve(deviceCalled("a"), "jwt", "lamps");
    expect(resolve(deviceCalled("b"), "jwt", "lamps")).toBe(first);
    expect(reads()).toBe(1);
    const own = deviceCalled("c", { rules: [rule("allow", "c")] });
    // What a sighting leaves behind is a new object with the same rules.
    expect(resolve({ ...own, lastSeenAt: 5 }, "jwt", "lamps")).toBe(resolve(own, "jwt", "lamps"));
  });

  it.each([
    ["another kind", { kind: "service" }],
    ["another profile", { profile: "none" }],
    ["other rules", { rules: [rule("allow", "other")] }],
    ["another id, with rules that are the same object", { id: "other" }],
  ] as const)("is not used for %s", (_, change) => {
    const { resolve } = resolverOf();
    const device = deviceCalled("d", { rules: [rule("allow", "own")] });
    const changed = { ...device, ...change };
    const [before, after] = [resolve(device, "jwt", undefined), resolve(changed, "jwt", undefined)];
    expect([before.rules.map(({ topic }) => topic), before.origins, before.profile]).not.toEqual([
      after.rules.map(({ topic }) => topic),
      after.origins,
      after.profile,
    ]);
  });

  it("tells groups and profiles apart, whatever their names", () => {
    const { resolve } = resolverOf({ "sensor b": { rules: [rule("allow", "x")] }, b: { rules: [rule("allow", "y")] } });
    const topics = (profile: string | undefined, group: string) =>
      ownRules(resolve(deviceCalled("d", profile === undefined ? {} : { profile }), "jwt", group));
    expect(topics("sensor", "b")).toEqual(["y: group b (registry), rule 1"]);
    expect(topics(undefined, "sensor b")).toEqual(["x: group sensor b (registry), rule 1"]);
    expect(topics("sensor", "b")).toEqual(["y: group b (registry), rule 1"]);
  });

  it("is forgotten when a group changes", () => {
    const { resolve, change } = resolverOf({ lamps: { rules: [rule("allow", "before")] } });
    const plain = deviceCalled("a");
    const own = deviceCalled("b", { rules: [rule("deny", "own")] });
    const lines = () => [plain, own].map((device) => ownRules(resolve(device, "jwt", "lamps")).at(-1));
    expect(lines()).toEqual(Array(2).fill("before: group lamps (registry), rule 1"));
    change({ lamps: { rules: [rule("allow", "after")] } });
    expect(lines()).toEqual(Array(2).fill("after: group lamps (registry), rule 1"));
    change({});
    expect(lines()).toEqual([undefined, "own: device b, rule 1"]);
  });

  it("takes no more room than for ten thousand groups", () => {
    const { resolve, reads } = resolverOf();
    const device = deviceCalled("d");
    const first = resolve(device, "jwt", "group 0");
    for (let index = 1; index < 10_000; index++) resolve(device, "jwt", `group ${index}`);
    expect(resolve(device, "jwt", "group 0")).not.toBe(first);
    expect(reads()).toBe(10_001);
  });
});
