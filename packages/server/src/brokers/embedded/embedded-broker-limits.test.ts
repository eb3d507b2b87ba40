import { expect, it } from "vitest";
import { defaultEmbeddedBrokerLimits, type EmbeddedBrokerLimits, resolveLimits } from "./embedded-broker-limits.ts";

it("puts what is given over the defaults", () => {
  expect(resolveLimits()).toEqual(defaultEmbeddedBrokerLimits);
  const limits = resolveLimits({ maxConnections: 7 });
  expect(limits).toEqual({ ...defaultEmbeddedBrokerLimits, maxConnections: 7 });
  expect(defaultEmbeddedBrokerLimits).toMatchObject({
    maxConnections: 10_000,
    maxPacketBytes: 262_144,
    connectTimeoutMs: 10_000,
    decideTimeoutMs: 5_000,
    maxClientIdLength: 256,
  });
});

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "9" as unknown as number])(
  "refuses %s, by name",
  (value) => {
    for (const name of Object.keys(defaultEmbeddedBrokerLimits) as (keyof EmbeddedBrokerLimits)[]) {
      expect(() => resolveLimits({ [name]: value })).toThrow(
        new RegExp(`^${name} must be a whole number from 1 to \\d+$`),
      );
    }
  },
);

it("refuses a Receive Maximum that does not fit into two bytes", () => {
  expect(() => resolveLimits({ maxIncomingQos2: 65_536 })).toThrow("maxIncomingQos2");
  expect(resolveLimits({ maxIncomingQos2: 65_535 }).maxIncomingQos2).toBe(65_535);
});
