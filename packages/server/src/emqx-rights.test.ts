// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import { type AclRuleTemplate, type AllowDecision, type SchemeName, schemeNames } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { createGrantRights } from "./authn/grant-rights.ts";
import { profileNames, profiles } from "./authz/profiles.ts";
import { createResolveRights } from "./authz/resolve-rights.ts";
import { rightsInputFor, rightsLimits } from "./authz/rights-input.ts";
import { deviceCalled } from "./authz/testing/device-called.ts";
import { groupsOf } from "./authz/testing/groups-of.ts";
import { formatEmqxAuthnResponse } from "./brokers/emqx/adapter.ts";
import { isReadByEmqx } from "./brokers/emqx/testing/is-read-by-emqx.ts";
import { checkDeviceRights, deviceLimits } from "./registry/check-device-input.ts";
import type { Device } from "./registry/device.ts";
import { answerBytes, longestTopic } from "./registry/rules-size.ts";

const now = 1_760_775_881;
const most = 64 * 1024;

interface Login {
  clientId?: string;
  username?: string;
  attributes?: Record<string, string>;
  claims?: Record<string, unknown>;
  group?: string;
}

function decisionFor(
  device: Device,
  scheme: SchemeName,
  login: Login = {},
  groupRules: AclRuleTemplate[] = [],
): AllowDecision {
  const grant = createGrantRights(createResolveRights(groupsOf({ g: { rules: groupRules } }).rights));
  const { clientId = "c", username = "u", attributes = {}, claims = {}, group } = login;
  const identity = { scheme, id: device.id, ...(group !== undefined && { group }) };
  const proof = { ok: true, identity, claims, attributes, expiresAt: now + 3600 } as const;
  return grant(device, proof, { clientId, username, password: "" });
}

const bodyOf = (decision: AllowDecision) => formatEmqxAuthnResponse(decision, now).body;
const bytesOf = (decision: AllowDecision) => Buffer.byteLength(bodyOf(decision));

describe("what EMQX 5.8 gets", () => {
  it.each(profileNames)("has rules that it reads, with the profile %s and every scheme", (profile) => {
    for (const scheme of schemeNames) {
      const kind = profiles[profile].for === "service" ? "service" : "device";
      const rules: AclRuleTemplate[] = [
        { permission: "allow", action: "subscribe", topics: ["eq a/#", "b/${deviceId}"], qos: [0, 1] },
        { permission: "deny", action: "publish", topics: ["a/#"], retain: true },
      ];
      const attributes = { hostname: "kitchen" };
      const device = deviceCalled("02:00:00:00:00:0a", { kind, profile, rules, attributes });
      const text = bodyOf(decisionFor(device, scheme));
      const { acl } = JSON.parse(text) as { acl: unknown[] };
      expect(acl.length).toBeGreaterThan(8);
      expect(acl.filter((rule) => !isReadByEmqx(rule))).toEqual([]);
      expect(text).not.toContain("null");
    }
  });

  it("ends in a denial of everything, and of the `$` topics that reach something", () => {
    const { acl } = decisionFor(deviceCalled("d", { profile: "none" }), "jwt");
    expect(acl).toEqual(
      ["#", "$SYS/#", "$delayed/#", "$exclusive/#", "$file/#", "$events/#"].map((topic) => ({
        permission: "deny",
        action: "all",
        topic,
      })),
    );
  });
});

describe("the size of the answer", () => {
  /** As many rules as fit, each with the topics it is given. */
  function fill(topics: (index: number) => string[], more: Partial<AclRuleTemplate> = {}): AclRuleTemplate[] {
    const rules: AclRuleTemplate[] = [];
    for (let index = 0; index < rightsLimits.rules; index++) {
      const rule = { permission: "allow", action: "subscribe", topics: topics(index), ...more } as AclRuleTemplate;
      if (!rightsInputFor("device").safeParse({ rules: [...rules, rule] }).success) break;
      rules.push(rule);
    }
    return rules;
  }

  // What is as long as it may be: three bytes for each character, and quotation marks that JSON doubles.
  const wide = "\uffee";
  const longLogin: Login = {
    clientId: `${"g".repeat(60)}@@@02_00_00_00_00_0a@@@${'"'.repeat(400)}`,
    username: wide.repeat(2048),
    claims: { hostname: wide.repeat(160), long: '"'.repeat(2000) },
    attributes: { mac: "02-00-00-00-00-0A", group: wide.repeat(256) },
    group: wide.repeat(256),
  };
  const attributes = { hostname: wide.repeat(150), filler: wide.repeat(deviceLimits.attributes - 200) };
  const placeholders = ["clientId", "username", "deviceId", "mac", "attrs.hostname", "claims.long"];

  it.each([
    ["one topic with a placeholder each", (index: number) => [`${index}/\${deviceId}/\${mac}/#`]],
    ["many topics in one rule", () => Array.from({ length: 20 }, (_, index) => `${index}/\${deviceId}`)],
    ["texts as long as they may be", (index: number) => [`${index}${wide.repeat(167)}`]],
    ["many short texts", (index: number) => Array.from({ length: 100 }, (_, at) => `${index}/${at}`)],
    ["many placeholders", (index: number) => placeholders.map((name) => `${index}/\${${name}}`)],
    ["quotation marks", (index: number) => [`${index}/${'"'.repeat(250)}`]],
  ] as const)("is below 64 KiB with all that may be set: %s", (_, topics) => {
    for (const more of [{}, { qos: [0, 1, 2] as const, action: "all", retain: false } as const]) {
      const rules = fill(topics, more);
      expect(rules.length).toBeGreaterThan(0);
      expect(answerBytes(rules)).toBeGreaterThan(rightsLimits.bytes / 2);
      checkDeviceRights({ rules, attributes });
      for (const profile of ["esp32-guide", "xiaozhi"]) {
        const id = wide.repeat(150);
        const device = deviceCalled(id, { profile, rules, attributes, group: "g" });
        const bytes = bytesOf(
          decisionFor(
            device,
            "xiaozhi-hmac",
            longLogin,
            rules.map((rule) => ({ ...rule, permission: "deny" })),
          ),
        );
        expect(bytes).toBeLessThan(most);
      }
    }
  });

  it("is what the limits say, and hardly less", () => {
    const rules = fill((index) => [`${index}/${"x".repeat(longestTopic - 8)}`]);
    const without = bytesOf(decisionFor(deviceCalled("d"), "jwt"));
    const withThem = bytesOf(decisionFor(deviceCalled("d", { rules }), "jwt"));
    expect(withThem - without).toBeLessThanOrEqual(answerBytes(rules));
    expect(withThem - without).toBeGreaterThan(0.9 * answerBytes(rules));
  });

  it("is no larger for rules that should never have been stored", () => {
    const rules = Array.from(
      { length: 5000 },
      (_, index): AclRuleTemplate => ({
        permission: "allow",
        action: "all",
        topics: [`${index}/\${username}`],
      }),
    );
    const device = deviceCalled("d", { rules });
    expect(bytesOf(decisionFor(device, "jwt", { username: "u".repeat(500) }))).toBeLessThan(rightsLimits.bytes + 2000);
    expect(() => checkDeviceRights({ rules })).toThrow(RangeError);
  });
});
