import { expect, it } from "vitest";
import { EventIds } from "./event-ids.ts";

it("makes ids that rise with time and with each other, whatever the clock does", () => {
  const ids = new EventIds();
  const noon = Date.UTC(2026, 10, 3, 12);
  const made = [noon, noon, noon + 1, noon - 3_600_000, noon - 3_600_000, noon + 2].map((now) => ids.next(now));
  expect(made).toEqual([
    ...[noon * 1024, noon * 1024 + 1, (noon + 1) * 1024, (noon + 1) * 1024 + 1],
    ...[(noon + 1) * 1024 + 2, (noon + 2) * 1024],
  ]);
  expect(ids.next(Date.UTC(2248, 0, 1))).toBeLessThan(Number.MAX_SAFE_INTEGER);
});

it("goes on above what was used before", () => {
  const ids = new EventIds();
  ids.above(5_000_000);
  ids.above(4_000_000);
  expect([ids.next(1), ids.next(1)]).toEqual([5_000_001, 5_000_002]);
});
