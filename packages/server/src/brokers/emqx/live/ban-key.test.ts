import { describe, expect, it } from "vitest";
import { createBanKeys } from "./ban-key.ts";

const clientId = "$" + "{clientid}";
const username = "$" + "{username}";
const identity = "$" + "{claims.sub}";
const keys = (verifyClaims: Record<string, string>, from: "password" | "username" = "password", by = identity) =>
  createBanKeys({ from, verifyClaims }, by);

describe("the key that keeps a device out", () => {
  it.each([
    ["its client id", { sub: clientId }, { as: "clientid", who: "x-1" }],
    ["its user name", { sub: username }, { as: "username", who: "x-1" }],
    ["a part of it", { sub: `x-${clientId}` }, { as: "clientid", who: "1" }],
    ["its client id, among others", { iss: "acme", sub: clientId, user: username }, { as: "clientid", who: "x-1" }],
  ] as const)("is %s", (_, claims, key) => {
    const made = keys(claims);
    expect(made?.keyOf("x-1")).toEqual(key);
    expect(made?.deviceOf(key)).toBe("x-1");
  });

  it("is none for a name that no token can have", () => {
    expect(keys({ sub: `x-${clientId}` })?.keyOf("y-1")).toBeUndefined();
    expect(keys({ sub: `x-${clientId}` })?.keyOf("x-")).toBeUndefined();
    expect(keys({ sub: `x-${clientId}-x` })?.keyOf("x-x")).toBeUndefined();
  });

  it("is of one kind only", () => {
    expect(keys({ sub: clientId })?.deviceOf({ as: "username", who: "x-1" })).toBeUndefined();
  });

  it.each([
    ["another claim is bound", { device: clientId }, "password", identity],
    ["no claim is", { sub: "fixed" }, "password", identity],
    ["two placeholders are", { sub: `${clientId}${username}` }, "password", identity],
    ["the token is the user name", { sub: username }, "username", identity],
    ["the device is named by more than one claim", { sub: clientId }, "password", `${identity}-x`],
    ["the device is named in another form", { sub: clientId }, "password", "$" + "{claims.sub|hex}"],
    ["the claim is an object's own", {}, "password", "$" + "{claims.constructor}"],
  ] as const)("is none where %s", (_, claims, from, by) => {
    expect(keys(claims, from, by)).toBeUndefined();
  });
});
