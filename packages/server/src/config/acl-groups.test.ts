// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of topics
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";
import { showConfig } from "./show-config.ts";

const cwd = mkdtempSync(join(tmpdir(), "connack-acl-groups-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function load(yaml: string, env: Record<string, string> = {}) {
  writeFileSync(join(cwd, "connack.yaml"), yaml);
  return loadConfig({ env, cwd });
}

function problemsOf(yaml: string, env: Record<string, string> = {}): string[] {
  try {
    load(yaml, env);
  } catch (error) {
    return (error as ConfigError).problems.map(({ place, problem }) => `${place}: ${problem}`);
  }
  return [];
}

const good = `acl:
  groups:
    lamps:
      profile: xiaozhi
      rules:
        - { permission: deny, action: subscribe, topics: ["devices/+/key"], qos: [1, 2] }
        - permission: allow
          action: publish
          topics: &topics
            - "lamps/\${attrs.room}/#"
            - eq lamps/#
          retain: false
    "Hall 7":
      rules:
        - { permission: allow, action: all, topics: *topics }
        - { permission: allow, action: all, topic: hall, qos: 0 }
    quiet: {}
`;

const read = {
  lamps: {
    profile: "xiaozhi",
    rules: [
      { permission: "deny", action: "subscribe", topics: ["devices/+/key"], qos: [1, 2] },
      { permission: "allow", action: "publish", topics: ["lamps/${attrs.room}/#", "eq lamps/#"], retain: false },
    ],
  },
  "Hall 7": {
    rules: [
      { permission: "allow", action: "all", topics: ["lamps/${attrs.room}/#", "eq lamps/#"] },
      { permission: "allow", action: "all", topics: ["hall"], qos: [0] },
    ],
  },
  quiet: { rules: [] },
};

describe("acl.groups", () => {
  it("is read from YAML", () => {
    expect(load(good).config.acl.groups).toEqual(read);
    for (const nothing of ["", "acl:\n", "acl: {}\n", "acl: {groups: {}}\n"]) {
      expect(load(nothing).config.acl.groups).toEqual({});
    }
  });

  it("is read from the environment, as JSON, which wins over the file as a whole", () => {
    const groups = { other: { profile: "none", rules: [{ permission: "allow", action: "all", topics: ["a"] }] } };
    const { config, sources } = load(good, { CONNACK_ACL_GROUPS: JSON.stringify(groups) });
    expect(config.acl.groups).toEqual(groups);
    expect(sources["acl.groups"]).toBe("CONNACK_ACL_GROUPS");
  });

  it("is shown as it holds, with the line it stands on", () => {
    const shown = showConfig(load(good)).find(({ key }) => key === "acl.groups");
    expect(shown).toEqual({ key: "acl.groups", value: read, source: "connack.yaml:2" });
    const bare = showConfig(load("")).find(({ key }) => key === "acl.groups");
    expect(bare).toEqual({ key: "acl.groups", value: {}, source: "default" });
  });

  it("has the groups of docs/rights.md", () => {
    const page = readFileSync(new URL("../../../../docs/rights.md", import.meta.url), "utf8");
    const example = /```yaml\n(acl:.*?)```/s.exec(page)?.[1] ?? "";
    expect(Object.keys(load(example).config.acl.groups)).toEqual(["lamps"]);
  });
});

const rule = (text: string) => `acl:\n  groups:\n    lamps:\n      rules:\n        - ${text}\n`;

describe("acl.groups is refused, with line and place, for", () => {
  it.each([
    [
      "a text",
      "acl:\n  groups: lamps\n",
      "2:11: `acl.groups`: groups are a mapping of group names to {profile, rules}",
    ],
    [
      "a list",
      "acl: {groups: [lamps]}\n",
      "1:15: `acl.groups`: groups are a mapping of group names to {profile, rules}",
    ],
    ["nothing", "acl:\n  groups:\n", "2:10: `acl.groups` has no value; give it one or remove it"],
    [
      "a group that is a text",
      "acl:\n  groups:\n    a: {}\n    lamps: sensor\n",
      "4:12: `acl.groups.lamps`: rights are a mapping with profile and rules",
    ],
    [
      "a group without value",
      "acl:\n  groups:\n    lamps:\n",
      "3:11: `acl.groups.lamps`: rights are a mapping with profile and rules",
    ],
    [
      "a misspelt key",
      "acl:\n  groups:\n    lamps:\n      profil: none\n",
      "4:7: `acl.groups.lamps`: unknown key profil; known are profile, rules",
    ],
    [
      "a profile that there is not",
      "acl:\n  groups:\n    lamps:\n      profile: sensors\n",
      "4:16: `acl.groups.lamps.profile`: profile is one of xiaozhi, xiaozhi-unsigned, sensor, esp32-guide, none",
    ],
    [
      "a profile of services",
      "acl: {groups: {lamps: {profile: superuser}}}\n",
      "1:33: `acl.groups.lamps.profile`: profile is one of xiaozhi, xiaozhi-unsigned, sensor, esp32-guide, none",
    ],
    [
      "rules that are no list",
      "acl:\n  groups:\n    lamps:\n      rules: allow\n",
      "4:14: `acl.groups.lamps.rules`: rules is a list of rules",
    ],
    [
      "a rule that is a text",
      rule("allow publish a"),
      "5:11: `acl.groups.lamps.rules[0]`: a rule is a mapping with permission, action and topics",
    ],
    [
      "a misspelt key of a rule",
      rule("{permission: allow, action: all, topcs: [a]}"),
      "5:11: `acl.groups.lamps.rules[0]`: unknown key topcs; known are permission, action, topics, qos, retain",
    ],
    [
      "a topic that is no filter",
      rule("{permission: allow, action: all, topics: [a, b#]}"),
      "5:52: `acl.groups.lamps.rules[0].topics`: b#: not an MQTT topic filter",
    ],
    [
      "a placeholder that there is not",
      rule("{permission: allow, action: all, topics: ['${clientid}']}"),
      "5:52: `acl.groups.lamps.rules[0].topics`: ${clientid}: ${clientid} names no value that exists: there are deviceId, clientId, mac, username, attrs.<name>, claims.<name>",
    ],
    [
      "a QoS that there is not",
      rule("{permission: allow, action: all, topics: [a], qos: [0, 3]}"),
      "5:66: `acl.groups.lamps.rules[0].qos[1]`: qos is 0, 1 or 2",
    ],
    [
      "a QoS as text",
      rule("{permission: allow, action: all, topics: [a], qos: '1'}"),
      "5:62: `acl.groups.lamps.rules[0].qos`: qos is a list of 0, 1 and 2",
    ],
    [
      "retain as text",
      rule("{permission: allow, action: all, topics: [a], retain: yes}"),
      "5:65: `acl.groups.lamps.rules[0].retain`: retain is true or false",
    ],
    ["a group without a name", 'acl:\n  groups:\n    "": {}\n', "3:9: `acl.groups.`: a group has no name"],
    [
      "a name that objects have",
      "acl:\n  groups:\n    __proto__: {profile: none}\n",
      "3:16: `acl.groups.__proto__`: a group cannot have this name",
    ],
    [
      "a group that is there twice",
      "acl:\n  groups:\n    a: {}\n    a: {}\n",
      "4:5: this key is there twice in its section",
    ],
    ["a section that there is not", "acls: {groups: {}}\n", "1:1: unknown key `acls`; did you mean `acl`?"],
    ["a name of a group beside groups", "acl: {group: {}}\n", "1:7: unknown key `group`; did you mean `groups`?"],
  ])("%s", (_, yaml, problem) => {
    expect(problemsOf(yaml)).toEqual([`connack.yaml:${problem}`]);
  });

  it("more than fits into an answer", () => {
    const rules = Array.from(
      { length: 40 },
      () => "        - {permission: allow, action: all, topics: ['${clientId}']}",
    );
    expect(problemsOf(`acl:\n  groups:\n    lamps:\n      rules:\n${rules.join("\n")}\n`)).toEqual([
      expect.stringMatching(/^connack.yaml:5:9: `acl.groups.lamps.rules`: too much for one answer to a CONNECT: /),
    ]);
  });

  it("values in the environment, by the name of the variable", () => {
    expect(problemsOf("", { CONNACK_ACL_GROUPS: '{"lamps":{"profile":"all"}}' })).toEqual([
      expect.stringMatching(/^CONNACK_ACL_GROUPS: `acl.groups.lamps.profile`: profile is one of /),
    ]);
    expect(problemsOf("", { CONNACK_ACL_GROUPS: "lamps=none" })).toEqual([
      "CONNACK_ACL_GROUPS: expected mapping of group names to {profile, rules}",
    ]);
    expect(problemsOf("", { CONNACK_ACL_GROUPS: '{"__proto__":{"rules":[]}}' })).toEqual([
      "CONNACK_ACL_GROUPS: `acl.groups.__proto__`: a group cannot have this name",
    ]);
  });

  it("odd and endless texts, which are not repeated whole", () => {
    const [problem = ""] = problemsOf(`acl: {groups: {"a\\nb\\u001b${"x".repeat(500)}": 5}}\n`);
    expect(problem).not.toMatch(/\p{Cc}/u);
    expect(problem.length).toBeLessThan(400);
    const long = `${"y".repeat(2000)}#`;
    const [ofTopic = ""] = problemsOf(rule(`{permission: allow, action: all, topics: ['${long}']}`));
    expect(ofTopic.length).toBeLessThan(500);
  });

  it("aliases that lead into themselves, and what is too deep", () => {
    expect(problemsOf("acl: {groups: &a {lamps: *a}}\n")).toHaveLength(1);
    expect(problemsOf(`acl: {groups: {lamps: ${"[".repeat(40)}${"]".repeat(40)}}}\n`)).toHaveLength(1);
    const laughs = ["&a [x,x]", ...Array.from({ length: 20 }, () => "[*a,*a,*a,*a,*a]")].join(", ");
    expect(problemsOf(`acl: {groups: {lamps: {rules: [${laughs}]}}}\n`)).toHaveLength(1);
  });
});
