import { describe, expect, it } from "vitest";
import { showToken } from "./token-remarks.ts";

const nowMs = Date.UTC(2026, 5, 1, 12);
const now = nowMs / 1000;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const signature = "c2lnbmF0dXJlLW9mLW5vYm9keQ";
const token = (claims: object, header: object = { alg: "HS256", typ: "JWT" }) =>
  `${part(header)}.${part(claims)}.${signature}`;
const good = { sub: "sensor-1", iat: now - 60, exp: now + 3540 };

const show = (password: string, names = { clientId: "sensor-1", username: "sensor-1" }) =>
  showToken({ ...names, password }, nowMs);
const remarks = (claims: object, header?: object) => show(token(claims, header))?.remarks;

describe("showToken", () => {
  it("shows header, claims and times, and never the signature", () => {
    const shown = show(token(good));
    expect(shown).toEqual({
      header: { alg: "HS256", typ: "JWT" },
      payload: good,
      characters: token(good).length,
      issued: "2026-06-01 11:59:00 UTC, 1 min ago",
      expires: "2026-06-01 12:59:00 UTC, in 59 min",
      remarks: [],
    });
    expect(JSON.stringify(shown)).not.toContain(signature);
  });

  it("is silent about a password that is no token", () => {
    expect(show("correct horse")).toBeUndefined();
  });

  it.each([
    [{ ...good, exp: now - 200 }, "It has expired 3 min 20 s ago (exp)."],
    [{ ...good, exp: undefined }, "exp is missing: the token never ends, and many brokers refuse that."],
    [{ ...good, exp: now * 1000 }, "exp is not in seconds since 1970, but in milliseconds."],
    [{ ...good, exp: "soon" }, "exp is not in seconds since 1970."],
    [{ ...good, iat: now * 1000 }, "iat is not in seconds since 1970, but in milliseconds."],
    [{ ...good, iat: 20 }, "iat is before 2020: the clock of whoever made it was not set (no network time)."],
    [
      { ...good, iat: now + 8 * 3600 },
      "iat is in the future by 8 h: the clock of whoever made it, or this one, is wrong.",
    ],
    [{ ...good, nbf: now + 90 }, "It is good only from 1 min 30 s on (nbf)."],
    [{ ...good, sub: undefined }, "sub is missing: brokers and Connack take the device's name from it."],
  ])("%j: %s", (claims, remark) => {
    expect(remarks(claims)).toEqual([remark]);
  });

  it("an iat some seconds ahead is no remark: clocks differ a little", () => {
    expect(remarks({ ...good, iat: now + 30 })).toEqual([]);
  });

  it("a client id or user name that is not sub", () => {
    expect(show(token(good), { clientId: "sensor-1_v2", username: "8CBF" })?.remarks).toEqual([
      'sub is "sensor-1", and the client id is another.',
      'sub is "sensor-1", and the user name is another.',
    ]);
  });

  it("a token that nothing signs, and one that is broken", () => {
    expect(remarks(good, { alg: "none" })).toEqual([
      "alg is none: nothing signs this token, and no broker may take it.",
    ]);
    expect(show(token(good).slice(0, 50))?.remarks).toEqual([
      "The token is broken: its header or its claims cannot be read. Was it cut, or encoded again?",
    ]);
  });
});
