import { describe, expect, it } from "vitest";
import connacks from "../../../vectors/firmware-connack.json" with { type: "json" };
import timing from "../../../vectors/firmware-timing.json" with { type: "json" };
import { connackCode } from "./connack-code.ts";
import { reconnectIn } from "./reconnect-delay.ts";
import { refreshTime } from "./refresh-time.ts";

const now = 1_800_000_000;

/** The same files are read by the tests of the firmware: both kinds of device wait, refresh and speak alike. */
describe("vectors of the firmware", () => {
  it("back-off", () => {
    for (const { failures, slower, leastMs, mostMs, random, waitMs } of timing.backoff) {
      const options = { leastSeconds: leastMs / 1000, mostSeconds: mostMs / 1000 };
      expect(Math.floor(1000 * reconnectIn(failures, slower, options, random / 2 ** 32))).toBe(waitMs);
    }
    expect(timing.backoff.length).toBeGreaterThan(200);
  });

  it("refresh", () => {
    for (const { left, everySeconds, marginSeconds, random, inMs, latestIn } of timing.refresh) {
      const time = refreshTime(now + left, now, { everySeconds, marginSeconds }, random / 2 ** 32);
      expect(Math.abs(Math.floor(1000 * time.in) - inMs)).toBeLessThanOrEqual(1);
      expect(time.latest === undefined ? null : Math.floor(time.latest)).toBe(latestIn);
    }
    expect(timing.refresh.length).toBeGreaterThan(150);
  });

  it.each(connacks.connack)("CONNACK $code: $name", ({ code, name, isCredential }) => {
    expect(connackCode(code)).toMatchObject({ name, isCredential });
  });
});
