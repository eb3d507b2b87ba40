import type { SchemeName } from "@connack/credentials";
import { expect, it } from "vitest";
import type { KeySummary } from "../provisioning/key-record.ts";
import { checkKeyGeneration } from "./check-key-generation.ts";

const keys = [
  ["xiaozhi-hmac", 1],
  ["jwt", 1],
  ["jwt", 3],
].map(([scheme, generation]) => ({ scheme, generation })) as KeySummary[];
const ring = { summaries: () => keys };
const device = (schemes: SchemeName[], minKeyGeneration = 0) => ({ schemes, minKeyGeneration });

it.each([
  ["any", device(["jwt"]), { minKeyGeneration: 0 }],
  ["what a key has", device(["jwt"]), { minKeyGeneration: 3 }],
  ["what a later key has", device(["jwt"]), { minKeyGeneration: 2 }],
  ["what a key of one of its schemes has", device(["xiaozhi-hmac", "jwt"]), { minKeyGeneration: 3 }],
  ["what a key of its next scheme has", device(["password"]), { minKeyGeneration: 3, schemes: ["jwt" as const] }],
  ["a scheme without keys, whatever was demanded before", device(["jwt"], 3), { schemes: ["password" as const] }],
  ["changes of other things to a device that is stuck", device(["jwt"], 9), {}],
])("lets through %s", (_what, before, change) => {
  expect(() => checkKeyGeneration(ring, before, change)).not.toThrow();
});

it.each([
  ["more than there is", device(["jwt"]), { minKeyGeneration: 4 }, /generation 4 .*there are: jwt 1, 3$/],
  ["what only another scheme has", device(["xiaozhi-hmac"]), { minKeyGeneration: 2 }, /there are: xiaozhi-hmac 1$/],
  ["a scheme that has not come so far", device(["jwt"], 3), { schemes: ["xiaozhi-hmac" as const] }, /generation 3 /],
  [
    "more than each of its schemes has",
    device(["jwt", "xiaozhi-hmac"]),
    { minKeyGeneration: 4 },
    /xiaozhi-hmac 1; jwt 1, 3/,
  ],
  ["a number for a scheme without keys", device(["password"]), { minKeyGeneration: 1 }, /may use only password/],
])("refuses %s", (_what, before, change, message) => {
  expect(() => checkKeyGeneration(ring, before, change)).toThrow(message);
});

it("names a scheme that has no key at all", () => {
  expect(() => checkKeyGeneration({ summaries: () => [] }, device(["jwt"]), { minKeyGeneration: 1 })).toThrow(
    /jwt none/,
  );
});
