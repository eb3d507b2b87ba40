// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileAcl } from "./acl.ts";
import { type AclRuleTemplate, type CompiledAclRule, compileAclRule, expandAcl } from "./acl-template.ts";
import type { TemplateValues } from "./template-values.ts";

const allow = (...topics: string[]): AclRuleTemplate => ({ permission: "allow", action: "all", topics });
const deny = (...topics: string[]): AclRuleTemplate => ({ permission: "deny", action: "all", topics });

function compiled(...templates: AclRuleTemplate[]): CompiledAclRule[] {
  return templates.flatMap((template) => {
    const result = compileAclRule(template);
    if (!result.ok) throw new Error(result.error);
    return result.rules;
  });
}

/** The rules without the closing denials. */
function expand(values: TemplateValues, ...templates: AclRuleTemplate[]) {
  const { rules, sources } = expandAcl(compiled(...templates), values);
  return rules.filter((_, index) => sources[index] !== undefined);
}

const topicsOf = (values: TemplateValues, ...templates: AclRuleTemplate[]) =>
  expand(values, ...templates).map(({ topic }) => topic);

const good: TemplateValues = {
  clientId: "c1",
  username: "u1",
  deviceId: "d1",
  mac: "02:00:00:00:00:01",
  claims: { sub: "s1", device: { site: "hall" } },
  attrs: { room: "r1" },
};

describe("compileAclRule", () => {
  it("makes one rule of each topic", () => {
    const rules = compiled(allow("a/${deviceId}", "b/#", "eq c/#"));
    expect(rules.map(({ topic }) => topic)).toEqual(["a/${deviceId}", "b/#", "eq c/#"]);
  });

  it.each([
    ["a/#/b", "not an MQTT topic filter"],
    ["a/${deviceId}+", "not an MQTT topic filter"],
    ["", "not an MQTT topic filter"],
    ["eq ", "not an MQTT topic filter"],
    ["a/${nothing}", "names no value"],
    ["a/${clientid}", "names no value"],
    ["a/${deviceId", "not closed"],
  ])("refuses %j, naming it", (topic, error) => {
    const result = compileAclRule(allow("fine", topic));
    expect(result).toEqual({ ok: false, error: expect.stringContaining(error) });
    expect(result).toEqual({ ok: false, error: expect.stringContaining(topic) });
  });
});

describe("expandAcl", () => {
  it("puts values in and keeps what a rule says besides", () => {
    const template: AclRuleTemplate = {
      permission: "allow",
      action: "publish",
      topics: ["${deviceId}/${mac|underscore}/${claims.device.site}/${attrs.room}/#"],
      qos: [0, 1],
      retain: false,
    };
    expect(expand(good, template)).toEqual([
      { permission: "allow", action: "publish", topic: "d1/02_00_00_00_00_01/hall/r1/#", qos: [0, 1], retain: false },
    ]);
  });

  it("ends every list in denials, of `$` topics too", () => {
    const { rules, sources } = expandAcl(compiled(allow("#")), good);
    expect(sources.filter((source) => source === undefined)).toHaveLength(rules.length - 1);
    const acl = compileAcl(rules);
    for (const topic of ["$SYS/x", "$delayed/1/a", "$exclusive/a", "$file/a", "$events/a"]) {
      expect(acl.decide({ action: "publish", topic, qos: 0, retain: false })).toMatchObject({
        allowed: false,
        rule: expect.any(Number),
      });
    }
    expect(expandAcl([], good).rules[0]).toEqual({ permission: "deny", action: "all", topic: "#" });
  });

  it("says a rule once that two templates give", () => {
    const values = { clientId: "same", username: "same" };
    expect(topicsOf(values, allow("${clientId}", "${username}", "a"), deny("a"))).toEqual(["same", "a", "a"]);
  });
});

const hostile = [
  "#",
  "+",
  "a/#",
  "a/b",
  "/",
  "",
  "a\0b",
  "a\nb",
  "\u007f",
  "\u0085",
  "\ud800",
  "${clientid}",
  "a${username}",
  "${client_attrs.x}",
];
const places: [string, (value: string) => TemplateValues][] = [
  ["${clientId}", (clientId) => ({ ...good, clientId })],
  ["${username}", (username) => ({ ...good, username })],
  ["${deviceId}", (deviceId) => ({ ...good, deviceId })],
  ["${mac}", (mac) => ({ ...good, mac })],
  ["${claims.sub}", (sub) => ({ ...good, claims: { sub } })],
  ["${claims.device.site}", (site) => ({ ...good, claims: { device: { site } } })],
  ["${attrs.room}", (room) => ({ ...good, attrs: { room } })],
  ["${clientId|lower}", (clientId) => ({ ...good, clientId })],
  ["${clientId|upper}", (clientId) => ({ ...good, clientId })],
  ["${clientId|underscore}", (clientId) => ({ ...good, clientId })],
];

describe.each(places)("a hostile value for %s", (placeholder, valuesWith) => {
  const shapes = ["", "/x", "/#"].flatMap((rest) =>
    ["", "eq ", "a/", "a", "+/"].map((start) => [start, rest] as const),
  );

  it.each(hostile)("%j makes an allowing rule match nothing", (value) => {
    for (const [start, rest] of shapes) {
      const template = allow(`${start}${placeholder}${rest}`);
      // Only where it makes a filter at all: `a/+x` does not.
      if (!compileAclRule(template).ok) continue;
      expect(expand(good, template)).toHaveLength(1);
      expect(topicsOf(valuesWith(value), template, allow("after"))).toEqual(["after"]);
    }
  });

  it.each(hostile)("%j in a denying rule ends the list", (value) => {
    const rules = [allow("before"), deny(`a/${placeholder}`), allow("#")];
    expect(topicsOf(valuesWith(value), ...rules)).toEqual(["before"]);
    expect(topicsOf(good, ...rules)).toHaveLength(3);
    const acl = compileAcl(expandAcl(compiled(...rules), valuesWith(value)).rules);
    expect(acl.decide({ action: "publish", topic: "before", qos: 0, retain: false }).allowed).toBe(true);
    expect(acl.decide({ action: "publish", topic: "other", qos: 0, retain: false }).allowed).toBe(false);
    expect(acl.mayReceive("other")).toBe(false);
  });
});

describe("the client id `#` and the user name `a/#`", () => {
  const values = { ...good, clientId: "#", username: "a/#" };
  it.each([
    "${clientId}",
    "${username}",
    "devices/${clientId}",
    "devices/${clientId}/#",
    "${username}/up",
    "devices/${deviceId}/${username}",
    "eq ${clientId}",
    "${clientId|lower}",
    "${username|upper}",
  ])("get nothing by %s", (topic) => {
    expect(topicsOf(values, allow(topic))).toEqual([]);
  });

  it("are harmless where a filter takes the danger out", () => {
    expect(topicsOf({ ...values, username: "aa:b#" }, allow("${username|hex}/#"))).toEqual(["AAB/#"]);
    // Nothing is left of it: not a level.
    expect(topicsOf(values, allow("devices/${clientId|hex}/#"))).toEqual([]);
  });
});

describe("values that would change what kind of rule it is", () => {
  it("may not make a plain rule literal, nor two values a placeholder", () => {
    expect(topicsOf({ username: "eq a" }, allow("${username}"))).toEqual([]);
    expect(topicsOf({ username: "q a" }, allow("e${username}"))).toEqual([]);
    expect(topicsOf({ username: "$", clientId: "{clientid}" }, allow("a/${username}${clientId}"))).toEqual([]);
    expect(topicsOf({ username: "$" }, allow("a/${username}{username}"))).toEqual([]);
    expect(topicsOf({ username: "a$", clientId: "b}" }, allow("${username}/${clientId}"))).toEqual(["a$/b}"]);
  });

  it.each(["${username}/#", "eq ${username}/#", "$${username}/#", "$S${username}/#"])(
    "may not lead into the broker's own topics: %s",
    (topic) => {
      for (const username of ["$SYS", "SYS", "YS", "$share"]) {
        for (const expanded of topicsOf({ username }, allow(topic))) expect(expanded).not.toMatch(/^(eq )?\$/);
      }
    },
  );

  it("may stand behind a `$` name that the rule itself has", () => {
    expect(topicsOf(good, allow("$SYS/${deviceId}/#", "a/$${deviceId}"))).toEqual(["$SYS/d1/#", "a/$d1"]);
  });

  it("that are missing make the rule match nothing, and end the list where it denies", () => {
    expect(topicsOf({}, allow("${clientId}", "a/${claims.sub}", "b"))).toEqual(["b"]);
    expect(topicsOf({}, allow("a"), deny("a/${claims.sub}"), allow("#"))).toEqual(["a"]);
  });
});

it("a template that keeps its shape loses nothing where it is not looked at again", () => {
  const piece = fc.constantFrom(
    "a",
    "/",
    "b/",
    "$",
    "{",
    "}",
    "eq ",
    "e",
    "+",
    "#",
    "${clientId}",
    "${username}",
    "${mac|hex}",
  );
  const value = fc.oneof(
    fc.constantFrom("", "q ", "$", "{", "${", "{clientid}", "a", "$a", "+", "#", "a/b", "eq ", "\ud800", "\0"),
    fc.string(),
  );
  let kept = 0;
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 6 }),
      value,
      value,
      value,
      (pieces, clientId, username, mac) => {
        const result = compileAclRule(allow(pieces.join("")));
        if (!result.ok) return;
        kept += Number(result.rules[0]?.keepsShape);
        const careful = result.rules.map((rule) => ({ ...rule, keepsShape: false }));
        const values = { clientId, username, mac };
        expect(expandAcl(result.rules, values).rules).toEqual(expandAcl(careful, values).rules);
      },
    ),
    { numRuns: 20_000 },
  );
  expect(kept).toBeGreaterThan(100);
});
