import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { secretBits } from "./secret-bits.ts";

describe("secretBits", () => {
  it("is Shannon entropy times length where nothing is predictable", () => {
    expect(secretBits("")).toBe(0);
    expect(secretBits("x9Qf")).toBeCloseTo(8);
    expect(secretBits("x9x9")).toBeCloseTo(4);
  });

  it("counts code points, not UTF-16 units", () => {
    expect(secretBits("密🔑钥é")).toBeCloseTo(8);
  });

  it.each([
    ["one character", "a".repeat(64), 2],
    ["the alphabet, then digits", "abcdefghijklmnopqrstuvwxyz012345", 8],
    ["the alphabet backwards", "zyxwvutsrqponmlkjihgfedcba", 2],
    ["keyboard rows", "qwertyuiopasdfghjklzxcvbnm1234567890", 24],
    ["keyboard rows backwards", "poiuytrewqlkjhgfdsamnbvcxz", 24],
    ["keyboard columns", "1qaz2wsx3edc4rfv5tgb", 2],
    ["a repeated word", "changeme".repeat(5), 24],
    ["a repeated word in mixed case", "RioRIOrioRIO", 8],
    ["common words", "MySuperSecretPassword2024!", 30],
  ])("sees through %s", (_, secret, most) => {
    expect(secretBits(secret)).toBeLessThanOrEqual(most);
  });

  it.each([
    ["128 bits in hex", "9c41d7a05be2f8361d0e7b94c65fa82d", 100],
    ["192 bits in Base64", "q7Zt0vLwR3xYk9dPmH2sUeB5nFgJ8cTa", 150],
    ["a UUID", "5f0c9a37-d41b-4e82-b6a9-07e3d28c51f4", 110],
  ])("does not mistake random text for something predictable: %s", (_, secret, least) => {
    expect(secretBits(secret)).toBeGreaterThan(least);
  });

  it("judges a huge text by its beginning, so its cost is bounded", () => {
    const beginning = randomBytes(256).toString("hex");
    expect(secretBits(beginning + randomBytes(500_000).toString("hex"))).toBe(secretBits(beginning));
  });
});
