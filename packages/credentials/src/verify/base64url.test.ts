import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeBase64url } from "./base64url.ts";

describe("decodeBase64url", () => {
  it("decodes what Node encodes", () => {
    for (let length = 0; length < 70; length++) {
      const bytes = randomBytes(length);
      expect(decodeBase64url(bytes.toString("base64url"))).toEqual(bytes);
    }
  });

  it.each([
    "A",
    "AAAAA",
    "AB",
    "AAF",
    "AA==",
    "AAA=",
    "A A",
    "AA\n",
    " AA",
    "A+AA",
    "A/AA",
    "AA.A",
    "ÄAAA",
    "\u0000AAA",
    "Ā",
  ])("refuses %j, which is not canonical", (text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });

  it("knows one spelling of each byte string of one and two bytes", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let canonical = 0;
    for (const first of alphabet) for (const second of alphabet) if (decodeBase64url(first + second)) canonical++;
    expect(canonical).toBe(256);
  });
});
