import { expect, it } from "vitest";
import { RowBudget } from "./row-budget.ts";

const now = Date.UTC(2026, 10, 3);

function takeAll(budget: RowBudget, at: number): number {
  let taken = 0;
  while (budget.take(at)) expect(++taken).toBeLessThan(1000);
  return taken;
}

it("gives what may come at once, then so much each second, and saves up no more than that", () => {
  const budget = new RowBudget({ atOnce: 50, perSecond: 20 });
  expect(takeAll(budget, now)).toBe(50);
  expect(takeAll(budget, now + 100)).toBe(2);
  expect(takeAll(budget, now + 1100)).toBe(20);
  expect(takeAll(budget, now + 3_600_000)).toBe(50);
});

it("adds up what is less than a row", () => {
  const budget = new RowBudget({ atOnce: 1, perSecond: 20 });
  takeAll(budget, now);
  const taken = Array.from({ length: 100 }, (_, n) => takeAll(budget, now + n + 1));
  expect(taken.reduce((sum, each) => sum + each)).toBe(2);
});

it("goes on when the clock is set back", () => {
  const budget = new RowBudget({ atOnce: 10, perSecond: 10 });
  takeAll(budget, now);
  expect(takeAll(budget, now - 3_600_000)).toBe(0);
  expect(takeAll(budget, now - 3_600_000 + 500)).toBe(5);
});
