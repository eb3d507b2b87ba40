import { ConnectRefused } from "@connack/device";
import { expect, it } from "vitest";
import { ConnectFigures, noCountsSince } from "./connect-figures.ts";

it("has times of accepted connections in milliseconds", () => {
  const figures = new ConnectFigures(() => 0);
  expect(figures.times).toBeUndefined();
  for (let ms = 1; ms <= 100; ms++) figures.wasAccepted(ms);
  const { p50, p99, max } = figures.times ?? { p50: 0, p99: 0, max: 0 };
  expect(p50).toBeCloseTo(50, 0);
  expect(p99).toBeCloseTo(99, 0);
  expect(max).toBeCloseTo(100, 0);
});

it("tells refusals by their code from failures by theirs, and counts of failures only so many kinds", () => {
  const figures = new ConnectFigures(() => 0);
  for (const code of [5, 5, 135]) figures.hasFailed(new ConnectRefused(code));
  figures.hasFailed(Object.assign(new Error("no"), { code: "ECONNREFUSED" }));
  const before = figures.noCounts;
  expect(before).toEqual({ refused: { 5: 2, 135: 1 }, failed: { ECONNREFUSED: 1 } });
  figures.hasFailed(new ConnectRefused(5));
  expect(noCountsSince(before, figures.noCounts)).toEqual({ refused: { 5: 1 }, failed: {} });
  for (let kind = 0; kind < 1000; kind++) figures.hasFailed(new Error(`kind ${kind}`));
  expect(Object.keys(figures.noCounts.failed).length).toBe(21);
  expect(figures.noCounts.failed["other"]).toBe(981);
});

it("has the busiest second since it was asked to forget", () => {
  let nowMs = 10_000;
  const figures = new ConnectFigures(() => nowMs);
  for (const [second, connects] of [3, 7, 2].entries()) {
    nowMs = 10_000 + second * 1000;
    for (let count = 0; count < connects; count++) figures.began();
  }
  expect([figures.attempts, figures.rate.peak]).toEqual([12, 7]);
  figures.rate.reset();
  nowMs += 5000;
  figures.began();
  expect(figures.rate.peak).toBe(1);
});
