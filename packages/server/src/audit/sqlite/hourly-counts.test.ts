import { expect, it } from "vitest";
import { openTestFile } from "../testing/open-test-file.ts";
import { hourMs, prepareHourlyCounts } from "./hourly-counts.ts";

it("counters of an hour are bounded, also where events of two hours come in turns", async () => {
  const { open } = await openTestFile();
  const hourly = prepareHourlyCounts(open.db);
  const event = { type: "disconnected", result: null, broker: "emqx", scheme: null };
  for (let n = 0; n < 5000; n++) hourly.count({ ...event, at: (7 + (n % 2)) * hourMs, reason: `r${n}` }, 1);
  hourly.settle();
  const told = open.db.prepare("select hour, count(*) as counters, sum(count) as events from hourly group by hour");
  expect(told.all()).toEqual([
    { hour: 7, counters: 2001, events: 2500 },
    { hour: 8, counters: 2001, events: 2500 },
  ]);
  const other = open.db.prepare("select sum(count) from hourly where reason = 'other'").pluck();
  expect(other.get()).toBe(1000);
});
