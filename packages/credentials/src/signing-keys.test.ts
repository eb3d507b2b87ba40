import { describe, expect, it } from "vitest";
import vectors from "../../../vectors/xiaozhi-hmac.json" with { type: "json" };
import { xiaozhiKeyRule } from "./signing-keys.ts";

describe("xiaozhiKeyRule", () => {
  it("has vectors to check", () => expect(vectors.signature_key_rule.length).toBeGreaterThan(10));

  it.each(vectors.signature_key_rule)("$key: acceptable is $acceptable", ({ key, acceptable }) => {
    expect(xiaozhiKeyRule(key).length === 0).toBe(acceptable);
  });

  it("says each objection once", () => {
    expect(xiaozhiKeyRule("MyTestKey99")).toEqual(['xiaozhi refuses a signature key that contains "test"']);
    expect(xiaozhiKeyRule("")).toEqual(["xiaozhi refuses an empty signature key"]);
    expect(xiaozhiKeyRule("null")).toEqual([
      "xiaozhi takes the text null for a key that was never set",
      "xiaozhi wants a signature key of at least 8 characters",
      "xiaozhi wants an upper case letter (A to Z) in the signature key",
    ]);
  });
});
