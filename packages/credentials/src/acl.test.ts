import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type AclRule, compileAcl, type Qos, type TopicRequest } from "./acl.ts";

const allow = (topic: string, more: Partial<AclRule> = {}): AclRule => ({
  permission: "allow",
  action: "all",
  topic,
  ...more,
});
const deny = (topic: string, more: Partial<AclRule> = {}): AclRule => ({ ...allow(topic, more), permission: "deny" });

const subscribe = (topic: string, qos: Qos = 1): TopicRequest => ({ action: "subscribe", topic, qos });
const publish = (topic: string, qos: Qos = 1, retain = false): TopicRequest => ({
  action: "publish",
  topic,
  qos,
  retain,
});

const may = (rules: AclRule[], request: TopicRequest) => compileAcl(rules).decide(request).allowed;

describe("decide", () => {
  it("takes the first rule that speaks about the request, and names it", () => {
    const acl = compileAcl([deny("a/key"), allow("a/#", { action: "publish" }), allow("a/key"), deny("#")]);
    expect(acl.decide(publish("a/key"))).toEqual({ allowed: false, rule: 0 });
    expect(acl.decide(publish("a/x"))).toEqual({ allowed: true, rule: 1 });
    expect(acl.decide(subscribe("a/x"))).toEqual({ allowed: false, rule: 3 });
    expect(acl.decide(publish("$SYS/x"))).toEqual({ allowed: false, rule: undefined });
    expect(compileAcl([]).decide(subscribe("a"))).toEqual({ allowed: false, rule: undefined });
  });

  it("keeps publishing and subscribing apart", () => {
    expect(may([allow("a", { action: "publish" })], publish("a"))).toBe(true);
    expect(may([allow("a", { action: "publish" })], subscribe("a"))).toBe(false);
    expect(may([allow("a", { action: "subscribe" })], publish("a"))).toBe(false);
    expect(may([deny("a", { action: "subscribe" }), allow("a")], publish("a"))).toBe(true);
  });

  it("reads `eq` as the text itself", () => {
    const rules = [deny("eq a/#"), deny("eq a/b"), allow("a/#"), allow("eq +/x")];
    expect(may(rules, subscribe("a/#"))).toBe(false);
    expect(may(rules, subscribe("a/+"))).toBe(true);
    expect(may(rules, subscribe("a/b"))).toBe(false);
    expect(may(rules, publish("a/b"))).toBe(false);
    expect(may(rules, subscribe("+/x"))).toBe(true);
    expect(may(rules, subscribe("q/x"))).toBe(false);
    expect(may(rules, publish("eq a/b"))).toBe(false);
  });

  it("denies `$` topics to every wildcard, and allows them where they are named", () => {
    for (const topic of ["#", "+/#", "+/x", "+/+"]) {
      expect(may([allow(topic)], publish("$SYS/x"))).toBe(false);
      expect(may([allow(topic)], subscribe("$SYS/x"))).toBe(false);
      expect(may([allow(topic)], subscribe("$SYS/#"))).toBe(false);
    }
    expect(may([allow("$SYS/#")], subscribe("$SYS/+/x"))).toBe(true);
    expect(may([allow("$SYS/#")], subscribe("#"))).toBe(false);
  });

  it("looks at QoS and retain where the rule does", () => {
    const rules = [allow("a", { qos: [0, 1] }), allow("b", { retain: false }), allow("c", { qos: [2], retain: true })];
    expect([0, 1, 2].map((qos) => may(rules, subscribe("a", qos as Qos)))).toEqual([true, true, false]);
    expect([true, false].map((retain) => may(rules, publish("b", 0, retain)))).toEqual([false, true]);
    expect(may(rules, subscribe("b"))).toBe(true);
    expect(may(rules, publish("c", 2, true))).toBe(true);
    expect(may(rules, publish("c", 1, true))).toBe(false);
    expect(may(rules, publish("c", 2, false))).toBe(false);
    expect(may([deny("a", { retain: true }), allow("a")], publish("a", 0, true))).toBe(false);
    expect(may([allow("a", { qos: [] })], publish("a"))).toBe(false);
  });

  it("does not let a narrow rule allow a wide filter", () => {
    for (const topic of ["a/b", "a/+", "+/b", "a/+/#"]) expect(may([allow(topic)], subscribe("a/#"))).toBe(false);
    expect(may([allow("+")], subscribe("#"))).toBe(false);
    expect(may([allow("+/#")], subscribe("#"))).toBe(true);
  });

  it.each(["", "a/#", "+", "a+", "a\0"])("denies a publish to %j, whatever the rules", (topic) => {
    expect(may([allow("#"), allow(`eq ${topic}`)], publish(topic))).toBe(false);
  });

  it.each(["", "a/#/b", "a#", "a+", "a\0"])("denies a subscription to %j, whatever the rules", (topic) => {
    expect(may([allow("#"), allow(`eq ${topic}`)], subscribe(topic))).toBe(false);
  });

  it("never allows by a rule whose topic is no filter, and lets none after a denying one allow", () => {
    for (const topic of ["a/#/b", "", "eq ", "a#"]) {
      expect(may([allow(topic)], subscribe("a/x/b"))).toBe(false);
      expect(may([allow(topic)], publish("a/x/b"))).toBe(false);
      expect(compileAcl([allow(topic)]).mayReceive("a/x/b")).toBe(false);
    }
    const acl = compileAcl([allow("a"), deny("x/#/key", { action: "subscribe" }), allow("#")]);
    expect(acl.decide(subscribe("a"))).toEqual({ allowed: true, rule: 0 });
    expect(acl.decide(subscribe("b"))).toEqual({ allowed: false, rule: 1 });
    expect(acl.decide(publish("b"))).toEqual({ allowed: true, rule: 2 });
    expect([acl.mayReceive("a"), acl.mayReceive("b")]).toEqual([true, false]);
  });
});

describe("mayReceive", () => {
  it("holds a denial inside a wider permission", () => {
    const acl = compileAcl([deny("a/+/key", { action: "subscribe" }), allow("a/#")]);
    expect(acl.decide(subscribe("a/#")).allowed).toBe(true);
    expect([acl.mayReceive("a/1/key"), acl.mayReceive("a/1/name"), acl.mayReceive("b")]).toEqual([false, true, false]);
  });

  it("is not about publishing", () => {
    expect(compileAcl([allow("a", { action: "publish" })]).mayReceive("a")).toBe(false);
    expect(compileAcl([deny("a", { action: "publish" }), allow("a")]).mayReceive("a")).toBe(true);
  });

  it("lets through what some QoS is allowed for, and nothing that none is", () => {
    const some = compileAcl([deny("a", { qos: [1, 2] }), allow("a")]);
    expect([some.decide(subscribe("a", 0)).allowed, some.mayReceive("a")]).toEqual([true, true]);
    const none = compileAcl([deny("a", { qos: [1, 2] }), deny("a", { qos: [0] }), allow("a")]);
    expect(none.mayReceive("a")).toBe(false);
    expect(compileAcl([allow("a", { qos: [2] })]).mayReceive("a")).toBe(true);
    expect(compileAcl([allow("a", { qos: [] })]).mayReceive("a")).toBe(false);
  });

  it("lets through what a literal filter brings, and what others than a denied one bring", () => {
    const allowed = compileAcl([allow("eq a/#"), deny("#")]);
    expect([allowed.mayReceive("a/b"), allowed.mayReceive("b")]).toEqual([true, false]);
    const denied = compileAcl([deny("eq a/#"), deny("eq a/key"), allow("a/#")]);
    expect([denied.mayReceive("a/b"), denied.mayReceive("a/key")]).toEqual([true, false]);
  });

  it("gives nothing of the broker's own to a wildcard", () => {
    expect(compileAcl([allow("#"), allow("+/#")]).mayReceive("$SYS/x")).toBe(false);
    expect(compileAcl([allow("$SYS/#")]).mayReceive("$SYS/x")).toBe(true);
  });
});

interface Recorded {
  recordings: { from: string; acl: AclRule[]; answers: (TopicRequest & { code: string })[] }[];
}

const fixture = new URL("../../server/src/brokers/emqx/fixtures/acl-recorded.json", import.meta.url);
const { recordings } = JSON.parse(readFileSync(fixture, "utf8")) as Recorded;

describe.each(recordings)("as EMQX answered: $from", ({ acl, answers }) => {
  it.each(answers)("$action $topic, QoS $qos: $code", ({ code, ...request }) => {
    expect(may(acl, request)).toBe(Number(code) < 0x80);
  });
});
