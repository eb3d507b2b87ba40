import { expect, it } from "vitest";
import { createPercentProgress } from "./percent-progress.ts";

it("shows one bar for all parts, on a terminal, once two seconds are over", async () => {
  let nowMs = 0;
  const told: string[] = [];
  const context = { err: (text: string) => void told.push(text), errColumns: 80 };
  const progress = createPercentProgress(context, 2, () => nowMs);
  progress.of(0)(10, 100);
  expect(told).toEqual([]);
  nowMs = 2500;
  progress.of(0)(50, 100);
  progress.of(1)(50, 100);
  progress.of(1)(0, 0);
  await new Promise((resolve) => setImmediate(resolve));
  progress.done();
  expect(told).toEqual([
    `\r[${"#".repeat(8).padEnd(30, ".")}] 25 %`,
    `\r[${"#".repeat(23).padEnd(30, ".")}] 75 %`,
    `\r[${"#".repeat(15).padEnd(30, ".")}] 50 %`,
    "\r\u001b[K",
  ]);
});

it("shows nothing where no terminal is", async () => {
  const told: string[] = [];
  const context = { err: (text: string) => void told.push(text), errColumns: Infinity };
  let nowMs = 0;
  const progress = createPercentProgress(context, 1, () => nowMs);
  nowMs = 9000;
  progress.of(0)(50, 100);
  await new Promise((resolve) => setImmediate(resolve));
  progress.done();
  expect(told).toEqual([]);
});
