// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileTemplate, type Template, templateLimits } from "./template.ts";
import type { TemplateValues } from "./template-values.ts";

function compiled(text: string): Template {
  const template = compileTemplate(text);
  if (!template.ok) throw new Error(template.error);
  return template;
}

const render = (text: string, values: TemplateValues) => compiled(text).render(values);
const claims = { sub: "sensor_8EA40C", mac_address: "02:00:00:8E:A4:0C", n: 5, list: ["a"], device: { mac: "aa-bb" } };

describe("compileTemplate", () => {
  it("puts values in and leaves the rest as it is", () => {
    const values = { claims, attrs: { site: "hall" }, clientId: "c1", username: "u1", deviceId: "d1", mac: "aa:bb" };
    const text = "$ { } devices/${claims.sub}/${attrs.site}/${clientId}-${username}-${deviceId}-${mac}/${claims.n}/$";
    expect(render(text, values)).toBe("$ { } devices/sensor_8EA40C/hall/c1-u1-d1-aa:bb/5/$");
    expect(render("constant", {})).toBe("constant");
    expect(render("", {})).toBe("");
  });

  it("names what it uses", () => {
    expect(compiled("a${claims.sub}b${mac|hex}").names).toEqual(["claims.sub", "mac"]);
    expect(compiled("constant").names).toEqual([]);
  });

  it.each([
    ["${claims.mac_address|hex}", "0200008EA40C"],
    ["${claims.mac_address|lower}", "02:00:00:8e:a4:0c"],
    ["${claims.sub|upper}", "SENSOR_8EA40C"],
    ["${claims.mac_address|underscore}", "02_00_00_8E_A4_0C"],
    ["${claims.device.mac|underscore}", "aa_bb"],
    ["${claims.mac_address|hex|lower}", "0200008ea40c"],
  ])("applies filters: %s", (text, rendered) => {
    expect(render(text, { claims })).toBe(rendered);
  });

  it.each([
    ["${claims.absent}", { claims }],
    ["${claims.list}", { claims }],
    ["${claims.device}", { claims }],
    ["${claims.sub.length}", { claims }],
    ["${claims.sub}", {}],
    ["${claims.flag}", { claims: { flag: true } }],
    ["${claims.nothing}", { claims: { nothing: null } }],
    ["${claims.half}", { claims: { half: 1.5 } }],
    ["${claims.huge}", { claims: { huge: 2 ** 53 } }],
    ["${claims.sub}${claims.absent}", { claims }],
    ["${clientId}", { username: "u1" }],
  ])("renders nothing for what is no text or whole number: %s", (text, values) => {
    expect(render(text, values)).toBeUndefined();
  });

  it("looks at own properties only", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(render(`\${claims.${name}}`, { claims: {} })).toBeUndefined();
      expect(render(`\${attrs.${name}.name}`, { attrs: {} })).toBeUndefined();
    }
    const inherited = Object.create({ sub: "inherited" }) as Record<string, unknown>;
    expect(render("${claims.sub}", { claims: inherited })).toBeUndefined();
    expect(render("${claims.constructor}", { claims: { constructor: "own" } })).toBe("own");
  });

  it.each([
    ["${", "not closed"],
    ["a${claims.sub", "not closed"],
    ["${}", "names no value"],
    ["${sub}", "names no value that exists: there are deviceId, clientId, mac, username, attrs.<name>, claims.<name>"],
    ["${claims}", "names no value"],
    ["${claims.}", "names no value"],
    ["${claims..sub}", "names no value"],
    ["${ claims.sub }", "names no value"],
    ["${password}", "names no value"],
    ["${clientId.x}", "names no value"],
    ["${claims.a.b.c.d.e.f.g.h.i}", "names no value"],
    ["${claims.sub|}", "names no filter"],
    ["${claims.sub|base64}", "names no filter"],
    ["${claims.sub|constructor}", "names no filter"],
    ["${claims.sub|hex|nope}", "names no filter"],
    ["x".repeat(templateLimits.text + 1), "longer than"],
  ])("refuses %s", (text, error) => {
    expect(compileTemplate(text)).toEqual({ ok: false, error: expect.stringContaining(error) });
  });

  it("refuses names that its user does not allow", () => {
    const onlyClaims = (text: string) => compileTemplate(text, (name) => name.startsWith("claims."));
    expect(onlyClaims("${claims.sub}").ok).toBe(true);
    expect(onlyClaims("${claims.sub}${username}")).toEqual({ ok: false, error: "${username} cannot be used here" });
  });

  it("renders at most its limit", () => {
    const most = "x".repeat(templateLimits.rendered);
    expect(render("${mac}", { mac: most })).toBe(most);
    expect(render("${mac}", { mac: `${most}x` })).toBeUndefined();
    expect(render("${mac}!", { mac: most })).toBeUndefined();
    expect(render("${mac|hex}", { mac: `${most}x` })).toBeUndefined();
  });

  it("does not read a value as a template", () => {
    expect(render("${claims.sub}", { claims: { sub: "${mac}" }, mac: "aa" })).toBe("${mac}");
  });

  it("never throws, and renders texts without ${ unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const template = compileTemplate(text);
        if (!text.includes("${")) expect(template.ok && template.render({})).toBe(text);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
