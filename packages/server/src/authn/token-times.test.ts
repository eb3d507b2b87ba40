import { expect, it } from "vitest";
import { tokenTimes } from "./token-times.ts";

it("are kept as far as they are numbers a clock can show", () => {
  expect(tokenTimes({ iat: 1, nbf: 2.5, exp: 3, sub: "a" })).toEqual({ token: { iat: 1, nbf: 2.5, exp: 3 } });
  expect(tokenTimes({ iat: "1", nbf: Number.POSITIVE_INFINITY, exp: 1e300 })).toEqual({ token: {} });
});

it("are absent where a credential has none", () => {
  expect(tokenTimes({ sub: "a" })).toEqual({});
});
