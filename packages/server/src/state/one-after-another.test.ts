import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { oneAfterAnother } from "./one-after-another.ts";

it("runs each task when the one before has ended, and answers as it does", async () => {
  const inTurn = oneAfterAnother();
  const steps: string[] = [];
  const task = (name: string, ms: number) => async () => {
    steps.push(`${name} begins`);
    await sleep(ms);
    steps.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all([inTurn(task("a", 20)), inTurn(task("b", 1)), inTurn(() => "c")]);
  expect(results).toEqual(["a", "b", "c"]);
  expect(steps).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});

it("goes on after a task that fails", async () => {
  const inTurn = oneAfterAnother();
  const failing = inTurn(() => {
    throw new RangeError("no");
  });
  const next = inTurn(async () => "done");
  await expect(failing).rejects.toThrow(RangeError);
  expect(await next).toBe("done");
});
