import { randomBytes } from "node:crypto";
import { mintJwt } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { jwtExpiry } from "./jwt-expiry.ts";

const mint = (claims: Record<string, unknown>) => mintJwt({ claims, algorithm: "HS256", key: randomBytes(32) });
const payload = (text: string) => `e30.${Buffer.from(text).toString("base64url")}.x`;

describe("jwtExpiry", () => {
  it("reads exp", async () => {
    expect(jwtExpiry(await mint({ sub: "Gerät ÿ?", exp: 1_800_000_000 }))).toBe(1_800_000_000);
    expect(jwtExpiry(await mint({ sub: "x" }))).toBeUndefined();
  });

  it.each([
    "",
    "opaque",
    "a.b",
    "a.b.c",
    "..",
    payload("null"),
    payload('{"exp":"1800000000"}'),
    payload('{"exp":1e300}'),
  ])("%j says nothing", (token) => {
    expect(jwtExpiry(token)).toBeUndefined();
  });
});
