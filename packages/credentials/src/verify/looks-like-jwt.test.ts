import { describe, expect, it } from "vitest";
import { encode } from "../testing/sign-jws.ts";
import { looksLikeJwt } from "./looks-like-jwt.ts";

const token = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: "a" })}.${encode(Buffer.alloc(32, 1))}`;
const unsigned = `${encode({ alg: "none" })}.${encode({ sub: "a" })}.`;

describe("looksLikeJwt", () => {
  it.each([
    ["a token", token],
    ["an unsigned one", unsigned],
    ["a header that begins with white space", `${encode('{ "alg":"HS256"}')}.e30.x`],
    ["a header that begins with a line break", `${encode('{\r\n"alg":"HS256"}')}.e30.x`],
    ["cut off in the signature", token.slice(0, -20)],
    ["cut off at the second dot", token.slice(0, token.lastIndexOf("."))],
    ["cut off in the header", token.slice(0, 15)],
    ["cut off in another header", encode({ typ: "JWT" }).slice(0, 12)],
    ["cut off in a header with kid", encode({ kid: "k1" }).slice(0, 11)],
    ["with padding", `${token}=`],
    ["with a line break", `${token}\n`],
    ["with white space", `  ${token}`],
    ["with quotation marks", `"${token}"`],
    ["with Bearer", `Bearer ${token}`],
    ["with bearer and quotation marks", `'bearer "${token}`],
    ["encrypted", `${token}.x.y`],
    ["far too long", `${token}${"A".repeat(8000)}`],
  ])("sees a token: %s", (_what, password) => {
    expect(looksLikeJwt(password)).toBe(true);
  });

  it.each([
    "",
    "e",
    "eyJ",
    "eyJhbGci",
    "eyJ-is-a-strange-password",
    "hunter2",
    "a.b.c",
    "example.with.dots",
    "eye.of.tiger",
    "ew.x.y",
    "ez.pass",
    "Bearer x",
    "mPIpTQsNJoxQ+HdWRHBXO+ZPTmYpBmkHAgTyPpEzfEk=",
    '{"alg":"HS256"}.x.y',
  ])("leaves %j to the other schemes", (password) => {
    expect(looksLikeJwt(password)).toBe(false);
  });
});
