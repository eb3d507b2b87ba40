import { describe, expect, it } from "vitest";
import { countMembers, parseJsonObject } from "./jwt-json.ts";

const parse = (text: string) => parseJsonObject(Buffer.from(text));

describe("parseJsonObject", () => {
  it("reads an object", () => {
    expect(parse('{"sub":"é","n":1}')).toEqual({ sub: "é", n: 1 });
    expect(parse(' {"a":[1,{"b":null}]}\n')).toEqual({ a: [1, { b: null }] });
  });

  it.each(["", "null", "[]", '"text"', "1", "{", '{"a":1}x', "{'a':1}", '\ufeff{"a":1}', '{"a":1,}', "{a:1}"])(
    "refuses %j",
    (text) => {
      expect(parse(text)).toBeUndefined();
    },
  );

  it("refuses bytes that are not UTF-8", () => {
    expect(parseJsonObject(Buffer.from('{"a":"\xff"}', "latin1"))).toBeUndefined();
    expect(parseJsonObject(Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]))).toBeUndefined();
  });

  it("takes the last of members with one name", () => {
    expect(parse('{"sub":"first","sub":"last"}')).toEqual({ sub: "last" });
  });

  it.each([
    ["plain", '{"sub":"a","__proto__":{"admin":true}}'],
    ["escaped", '{"sub":"a","\\u005f_proto__":{"admin":true}}'],
  ])("drops __proto__, %s", (_how, text) => {
    const claims = parse(text) ?? {};
    expect(Object.keys(claims)).toEqual(["sub"]);
    const copy: Record<string, unknown> = {};
    for (const name in claims) copy[name] = claims[name];
    expect(copy["admin"]).toBeUndefined();
    expect(Object.assign({}, claims)).not.toHaveProperty("admin");
  });

  it("drops __proto__ in objects within", () => {
    const device = parse('{"device":{"__proto__":{"admin":true},"id":1}}')?.device as object;
    expect(Object.getOwnPropertyNames(device)).toEqual(["id"]);
  });
});

describe("countMembers", () => {
  it.each([
    ["{}", 0],
    ['{"a":1}', 1],
    ['{"a":1,"a":2}', 2],
    ['{"a":1,"\\u0061":2}', 2],
    ['{"a":{"b":1,"c":[{"d":2}]},"e":":"}', 2],
    ['{"a\\":":"x\\\\","b":"{:["}', 2],
  ])("counts the members of %s", (text, members) => {
    expect(countMembers(text)).toBe(members);
  });
});
