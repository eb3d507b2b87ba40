import { describe, expect, it } from "vitest";
import { encode } from "../testing/sign-jws.ts";
import { createHeaderReader, isKeyId, jwsHeaderLimits, parseJwsHeader } from "./jws-header.ts";

const read = (header: unknown) => parseJwsHeader(encode(header));

describe("parseJwsHeader", () => {
  it.each([
    [{ alg: "HS256" }, { alg: "HS256" }],
    [
      { alg: "HS256", typ: "JWT", kid: "k 1" },
      { alg: "HS256", kid: "k 1" },
    ],
    [{ typ: "at+jwt", alg: "none" }, { alg: "none" }],
    [
      { alg: "RS256", typ: "application/JWT", cty: "x", jku: "https://evil.example", jwk: { kty: "oct" } },
      { alg: "RS256" },
    ],
    ['{ "alg" : "ES256" }\n', { alg: "ES256" }],
  ])("reads %j", (header, expected) => {
    expect(read(header)).toEqual({ ok: true, header: expected });
  });

  it.each([
    ["not JSON", "alg", "not a JSON object"],
    ["a list", ["HS256"], "not a JSON object"],
    ["no alg", { typ: "JWT" }, "no alg"],
    ["alg that is no text", { alg: ["HS256"] }, "no alg"],
    ["an inherited alg", '{"__proto__":{"alg":"HS256"}}', "twice, or __proto__"],
    ["alg twice", '{"alg":"none","alg":"HS256"}', "twice"],
    ["alg twice, once escaped", '{"alg":"HS256","\\u0061lg":"none"}', "twice"],
    ["crit", { alg: "HS256", crit: ["exp"] }, "crit"],
    ["empty crit", { alg: "HS256", crit: [] }, "crit"],
    ["b64", { alg: "HS256", b64: false }, "b64"],
    ["zip", { alg: "HS256", zip: "DEF" }, "zip"],
    ["another typ", { alg: "HS256", typ: "dpop+jwt" }, "typ is"],
    ["a typ that is no text", { alg: "HS256", typ: 1 }, "typ is 1"],
    ["a null typ", { alg: "HS256", typ: null }, "typ is null"],
    ["an empty kid", { alg: "HS256", kid: "" }, "kid"],
    ["a long kid", { alg: "HS256", kid: "k".repeat(jwsHeaderLimits.kid + 1) }, "kid"],
    ["a kid with a line break", { alg: "HS256", kid: "k\n" }, "kid"],
    ["a kid beyond ASCII", { alg: "HS256", kid: "schlüssel" }, "kid"],
    ["a kid that is a number", { alg: "HS256", kid: 1 }, "kid"],
    ["a null kid", { alg: "HS256", kid: null }, "kid"],
    ["a long header", { alg: "HS256", x: "x".repeat(jwsHeaderLimits.encoded) }, "too long"],
  ])("refuses %s", (_what, header, detail) => {
    expect(read(header)).toEqual({ ok: false, detail: expect.stringContaining(detail) });
  });

  it("refuses a header that is not canonical", () => {
    const canonical = encode({ alg: "HS256" });
    expect(parseJwsHeader(canonical).ok).toBe(true);
    for (const other of [`${canonical}=`, ` ${canonical}`, `${canonical.slice(0, -1)}R`, canonical.slice(0, -1)]) {
      expect(parseJwsHeader(other).ok, other).toBe(false);
    }
  });
});

describe("createHeaderReader", () => {
  it("gives what parseJwsHeader gives, also for more headers than it remembers", () => {
    const reader = createHeaderReader(3);
    const headers = ["a", "b", "c", "d", "a", "d", "e", "a"].map((kid) => encode({ alg: "HS256", kid }));
    headers.push("broken", "broken", encode({ alg: "HS256", zip: 1 }));
    for (const header of headers) expect(reader(header)).toEqual(parseJwsHeader(header));
  });

  it("remembers the newest headers only", () => {
    const reader = createHeaderReader(2);
    const [first, second, third] = ["a", "b", "c"].map((kid) => encode({ alg: "HS256", kid })) as [
      string,
      string,
      string,
    ];
    const remembered = reader(first);
    expect(reader(first)).toBe(remembered);
    reader(second);
    reader(third);
    expect(reader(first)).not.toBe(remembered);
  });
});

describe("isKeyId", () => {
  it("accepts what a kid may be", () => {
    expect(["k", "k".repeat(128), "a b~!"].every(isKeyId)).toBe(true);
    expect(["", "k".repeat(129), "\t", "é", undefined, 7].some(isKeyId)).toBe(false);
  });
});
