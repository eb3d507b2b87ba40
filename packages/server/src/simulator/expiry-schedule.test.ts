import { expect, it } from "vitest";
import { ExpirySchedule, leastTokenSeconds } from "./expiry-schedule.ts";
import { expirySpreadSeconds } from "./storms.ts";

const beginMs = 1_800_000_000_000;
const plan = { storms: ["network", "expiry"], rampSeconds: 30, durationSeconds: 60 } as const;
const schedule = new ExpirySchedule(plan, beginMs);
/** The second of two storms: two thirds of the duration after the ramp. */
const end = beginMs / 1000 + 30 + 40;

it("has the tokens end at the storm, whenever they were made", () => {
  expect(schedule.end(0)).toBe(end);
  for (const second of [0, 15, 30, 70 - leastTokenSeconds]) {
    const nowMs = beginMs + second * 1000;
    const life = schedule.lifeSeconds(nowMs) ?? 0;
    expect(nowMs / 1000 + life).toBeGreaterThanOrEqual(end);
    expect(nowMs / 1000 + life).toBeLessThanOrEqual(end + expirySpreadSeconds);
  }
});

it("leaves tokens that are made for later as the server has them", () => {
  expect(schedule.lifeSeconds(beginMs + (70 - leastTokenSeconds + 1) * 1000)).toBeUndefined();
  expect(schedule.lifeSeconds(beginMs + 80_000)).toBeUndefined();
});
