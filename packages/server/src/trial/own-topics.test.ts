import { describe, expect, it } from "vitest";
import type { EffectiveRule } from "../operations/acl-effective.ts";
import { defaultTopics, topicsFromRules } from "./own-topics.ts";

const rule = (action: EffectiveRule["action"], topic: string, more: Partial<EffectiveRule> = {}): EffectiveRule => ({
  permission: "allow",
  action,
  topic,
  from: "test",
  state: "holds",
  ...more,
});

describe("topicsFromRules", () => {
  it("takes the first topic that is for both, with a word for each wildcard", () => {
    expect(topicsFromRules([rule("publish", "up/+/x"), rule("all", "devices/s/#")])).toEqual({
      subscribe: "devices/s/hello",
      publish: "devices/s/hello",
    });
  });

  it("else the first for each", () => {
    expect(topicsFromRules([rule("publish", "device-server"), rule("subscribe", "devices/p2p/m")])).toEqual({
      subscribe: "devices/p2p/m",
      publish: "device-server",
    });
  });

  it("two rules together may allow both", () => {
    expect(topicsFromRules([rule("subscribe", "a/#"), rule("publish", "a/+")])).toEqual({
      subscribe: "a/hello",
      publish: "a/hello",
    });
  });

  it("not what a denial before it covers, nor what does not hold", () => {
    const denied = rule("publish", "a/hello", { permission: "deny" });
    expect(topicsFromRules([denied, rule("all", "a/#"), rule("all", "b/#")])?.publish).toBe("b/hello");
    expect(topicsFromRules([rule("all", "a/#", { state: "never" })])).toBeUndefined();
    expect(topicsFromRules([rule("all", `\${clientId}/#`, { state: "at connect" })])).toBeUndefined();
    expect(topicsFromRules([rule("publish", "a")])).toBeUndefined();
    expect(topicsFromRules([])).toBeUndefined();
  });

  it("respects a rule for another QoS, and one for retained messages only", () => {
    expect(topicsFromRules([rule("all", "a", { qos: [0] }), rule("all", "b")])?.publish).toBe("b");
    expect(topicsFromRules([rule("all", "a", { retain: true }), rule("all", "b")])?.publish).toBe("b");
  });
});

describe("defaultTopics", () => {
  it("are those of the device", () => {
    const topics = { subscribe: "devices/s-1/hello", publish: "devices/s-1/hello" };
    expect(defaultTopics({ clientId: "other", deviceId: "s-1" })).toEqual(topics);
    expect(defaultTopics({ clientId: "s-1" })).toEqual(topics);
  });

  it("of a xiaozhi device its own two", () => {
    expect(defaultTopics({ clientId: "GID@@@02_00_00_00_00_0A@@@x", deviceId: "02:00:00:00:00:0a" })).toEqual({
      subscribe: "devices/p2p/02_00_00_00_00_0a",
      publish: "device-server",
    });
  });

  it("a name with wildcards or levels stays one level", () => {
    expect(defaultTopics({ clientId: "a/+/#" }).publish).toBe("devices/a____/hello");
  });
});
