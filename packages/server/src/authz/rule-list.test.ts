// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import { type AclRuleTemplate, compileAcl, expandAcl, type TemplateValues } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { answerBytes } from "../registry/rules-size.ts";
import { rightsLimits } from "./rights-input.ts";
import { mustReadRule, RuleList } from "./rule-list.ts";

const rule = (permission: "allow" | "deny", ...topics: string[]): AclRuleTemplate => ({
  permission,
  action: "all",
  topics,
});

function listOf(...templates: unknown[]): RuleList {
  const list = new RuleList();
  list.add(templates as AclRuleTemplate[], (index) => `rule ${index + 1}`);
  return list;
}

const expand = (list: RuleList, values: TemplateValues = {}) => expandAcl(list.rules, values);
const topicsOf = (list: RuleList) => list.rules.map(({ topic }) => topic);

describe("a stored rule that cannot be read", () => {
  it.each([
    ["a member that a newer version knows", { ...rule("allow", "c"), clientIp: "192.0.2.1" }],
    ["an action that it knows", { ...rule("allow", "c"), action: "unsubscribe" }],
    ["a placeholder that it knows", rule("allow", "c/${site}")],
    ["a filter it knows", rule("deny", "c/${deviceId|reverse}")],
    ["no topics", { permission: "deny", action: "all" }],
    ["topics that are a text", { permission: "deny", action: "all", topics: "c" }],
    ["a QoS of 3", { ...rule("deny", "c"), qos: [3] }],
    ["what is no rule", null],
  ])("denies everything from there on: %s", (_, unreadable) => {
    const list = listOf(rule("allow", "a", "b"), unreadable, rule("allow", "d"));
    list.add([rule("allow", "of the group")], () => "group");
    list.addPrepared({ rules: mustReadRule(rule("allow", "$SYS/#")), origins: ["profile"] });
    expect(topicsOf(list)).toEqual(["a", "b", "#"]);
    expect(list.origins).toEqual(["rule 1", "rule 1", "rule 2, which cannot be read"]);
    const acl = compileAcl(expand(list).rules);
    const may = (topic: string) => acl.decide({ action: "publish", topic, qos: 0, retain: false }).allowed;
    expect(["a", "b", "c", "d", "of the group", "$SYS/x"].filter(may)).toEqual(["a", "b"]);
  });

  it("is also one that comes after more than a device may have", () => {
    const many = Array.from({ length: 60 }, (_, index) => rule("allow", `\${clientId}/${index}`));
    const list = listOf(...many);
    const read = topicsOf(list).length - 1;
    expect(answerBytes(many.slice(0, read))).toBeLessThanOrEqual(rightsLimits.bytes);
    expect(answerBytes(many.slice(0, read + 1))).toBeGreaterThan(rightsLimits.bytes);
    expect(list.origins.at(-1)).toBe(`rule ${read + 1}, which cannot be read`);
  });
});

describe("a topic that comes out too long", () => {
  const long = "x".repeat(503);

  it("is one of more than 512 bytes, and makes its rule match nothing", () => {
    const list = listOf(rule("allow", "a/${clientId}/#", "b"));
    const topics = (clientId: string) =>
      expand(list, { clientId })
        .rules.map(({ topic }) => topic)
        .slice(0, -6);
    expect(topics(long)).toEqual([`a/${long}/#`, "b"]);
    expect(topics(`${long}xxx`)).toEqual([`a/${long}xxx/#`, "b"]);
    expect(topics(`${long}xxxx`)).toEqual(["b"]);
    // Bytes count, and what JSON makes of a quotation mark.
    expect(topics("é".repeat(253))).toEqual([`a/${"é".repeat(253)}/#`, "b"]);
    expect(topics("é".repeat(254))).toEqual(["b"]);
    expect(topics('"'.repeat(254))).toEqual(["b"]);
  });

  it("ends the list where the rule denies", () => {
    const list = listOf(rule("allow", "a"), rule("deny", "b/${clientId}"), rule("allow", "#"));
    const acl = compileAcl(expand(list, { clientId: "x".repeat(512) }).rules);
    expect(acl.mayReceive("a")).toBe(true);
    expect(acl.mayReceive("c")).toBe(false);
  });
});

it("a rule of ours has to be one", () => {
  expect(() => mustReadRule(rule("allow", "a/#/b"))).toThrow(TypeError);
});
