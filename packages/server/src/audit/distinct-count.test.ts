import { expect, it } from "vitest";
import { DistinctCount, hashText } from "./distinct-count.ts";

it.each([1, 10, 100, 1000, 5000, 20_000])("counts %d texts, told three times each, within a tenth", (texts) => {
  const count = new DistinctCount();
  for (let time = 0; time < 3; time++)
    for (let n = 0; n < texts; n++) count.add(hashText(`device-${n}-${"x".repeat(n % 7)}`));
  expect(count.estimate()).toBeGreaterThanOrEqual(Math.floor(texts * 0.9));
  expect(count.estimate()).toBeLessThanOrEqual(Math.ceil(texts * 1.1));
});

it("knows no end, and says a number then too", () => {
  const count = new DistinctCount();
  for (let n = 0; n < 500_000; n++) count.add(hashText(String(n)));
  expect(count.estimate()).toBeGreaterThan(50_000);
  expect(Number.isFinite(count.estimate())).toBe(true);
});
