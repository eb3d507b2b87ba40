import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StepName } from "./decide-connect.ts";
import { StepTimer } from "./step-timer.ts";

let now: number;
beforeEach(() => {
  now = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

it("a step lasts until the next one is reached, the last one until the end", () => {
  const recorded: [StepName, number][] = [];
  const steps = new StepTimer((step, seconds) => recorded.push([step, seconds]), undefined);
  steps.reached("identify");
  now += 1;
  steps.reached("limit attempts");
  now += 20;
  steps.reached("verify");
  now += 300;
  steps.ended();
  expect(recorded).toEqual([
    ["identify", 0.001],
    ["limit attempts", 0.02],
    ["verify", 0.3],
  ]);
});

it("two decisions under way at once have each their own times, and who else asked is told of each step", () => {
  const recorded: [StepName, number][] = [];
  const reached: StepName[] = [];
  const record = (step: StepName, seconds: number) => void recorded.push([step, seconds]);
  const one = new StepTimer(record, (step) => reached.push(step));
  const other = new StepTimer(record, undefined);
  one.reached("load material");
  now += 5;
  other.reached("identify");
  now += 5;
  one.ended();
  now += 5;
  other.ended();
  expect(recorded).toEqual([
    ["load material", 0.01],
    ["identify", 0.01],
  ]);
  expect(reached).toEqual(["load material"]);
});

it("nothing was reached: nothing is recorded", () => {
  const recorded: unknown[] = [];
  new StepTimer((...all) => recorded.push(all), undefined).ended();
  expect(recorded).toEqual([]);
});

it("without a record the steps are told all the same, and no clock is read", () => {
  const reached: StepName[] = [];
  const steps = new StepTimer(undefined, (step) => reached.push(step));
  steps.reached("identify");
  steps.ended();
  expect(reached).toEqual(["identify"]);
  expect(performance.now).not.toHaveBeenCalled();
});
