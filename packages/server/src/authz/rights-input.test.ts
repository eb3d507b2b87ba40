// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import { describe, expect, it } from "vitest";
import { answerBytes } from "../registry/rules-size.ts";
import { aclRuleInput, aclRulesInput, rightsInputFor, rightsLimits } from "./rights-input.ts";

const good = { permission: "allow", action: "publish", topics: ["devices/${deviceId}/#"] };

/** The first thing that is wrong, with its place. */
function problemOf(schema: typeof aclRuleInput | typeof aclRulesInput, given: unknown): string {
  const issue = schema.safeParse(given).error?.issues[0];
  return issue ? `${issue.path.join(".")}: ${issue.message}` : "none";
}

describe("a rule", () => {
  it("is read as it stands in the registry, and as EMQX writes it", () => {
    const full = { ...good, topics: ["a", "eq b/#"], qos: [0, 2], retain: false };
    expect(aclRuleInput.parse(full)).toEqual(full);
    expect(aclRuleInput.parse({ permission: "deny", action: "all", topic: "a/#", qos: 1 })).toEqual({
      permission: "deny",
      action: "all",
      topics: ["a/#"],
      qos: [1],
    });
  });

  it.each([
    ["permission", { permission: "Allow" }, "permission: permission is allow or deny"],
    ["EMQX's short action", { action: "pub" }, "action: action is publish, subscribe or all"],
    ["topics as a text", { topics: "a" }, "topics: topics is a list of texts"],
    ["no topics", { topics: [] }, "topics: topics is empty"],
    ["an empty topic", { topics: [""] }, "topics.0: a topic is empty"],
    ["no filter", { topics: ["a", "a/#/b"] }, "topics: a/#/b: not an MQTT topic filter"],
    [
      "EMQX's own placeholder",
      { topics: ["${clientid}"] },
      "topics: ${clientid}: ${clientid} names no value that exists: there are deviceId, clientId, mac, username, attrs.<name>, claims.<name>",
    ],
    ["a topic too long", { topics: ["a", "x".repeat(511)] }, "topics: a topic is longer than 512 bytes"],
    ["too many topics", { topics: Array(101).fill("a") }, "topics: more than 100 topics in one rule"],
    ["a QoS of 3", { qos: [3] }, "qos.0: qos is 0, 1 or 2"],
    ["no QoS", { qos: [] }, "qos: qos is empty"],
    ["QoS null", { qos: null }, "qos: qos is a list of 0, 1 and 2"],
    ["retain as text", { retain: "true" }, "retain: retain is true or false"],
    [
      "retain about subscribing",
      { action: "subscribe", retain: true },
      "retain: retain means nothing in a rule about subscribing",
    ],
    ["an unknown key", { clientid: "x" }, ": unknown key clientid; known are permission, action, topics, qos, retain"],
    ["topic beside topics", { topic: "b" }, ": unknown key topic; known are permission, action, topics, qos, retain"],
  ])("is refused for %s", (_, change, problem) => {
    expect(problemOf(aclRuleInput, { ...good, ...change })).toBe(problem);
  });

  it.each([null, 5, "allow publish a", [good], undefined])("is not %j", (given) => {
    expect(problemOf(aclRuleInput, given)).toBe(": a rule is a mapping with permission, action and topics");
  });
});

describe("rules of one owner", () => {
  it("are a hundred at most, and no more than fits into an answer", () => {
    const plain = { permission: "allow", action: "all", topics: ["a"] };
    expect(problemOf(aclRulesInput, Array(100).fill(plain))).toBe("none");
    expect(problemOf(aclRulesInput, Array(101).fill(plain))).toBe(": more than 100 rules");
    const fits = Math.floor(rightsLimits.bytes / answerBytes([good as never]));
    expect(fits).toBeGreaterThan(30);
    expect(problemOf(aclRulesInput, Array(fits).fill(good))).toBe("none");
    expect(problemOf(aclRulesInput, Array(fits + 1).fill(good))).toMatch(/^: too much for one answer to a CONNECT: /);
    expect(problemOf(aclRulesInput, [{ ...plain, topics: ["a".repeat(510)] }])).toBe("none");
    const wide = { ...plain, topics: Array(41).fill("é".repeat(255)) };
    expect(problemOf(aclRulesInput, [wide])).toMatch(/too much/);
  });
});

describe("rights", () => {
  it("have a profile that their kind may have", () => {
    expect(rightsInputFor("device").parse({ profile: "xiaozhi" })).toEqual({ profile: "xiaozhi", rules: [] });
    expect(rightsInputFor("service").parse({ profile: "gateway" })).toEqual({ profile: "gateway", rules: [] });
    expect(rightsInputFor("device").parse({})).toEqual({ rules: [] });
    for (const [kind, profile] of [
      ["device", "superuser"],
      ["device", "toString"],
      ["service", "sensor"],
    ] as const) {
      const result = rightsInputFor(kind).safeParse({ profile });
      expect(result.error?.issues[0]?.message).toMatch(/^profile is one of .*none/);
    }
  });
});
