import { describe, expect, it } from "vitest";
import { Histogram, histogramsOf } from "./histogram.ts";

describe("a histogram", () => {
  it("counts each value in the first bucket whose bound is not below it, and gives what is below each bound", () => {
    const histogram = new Histogram([0.25, 0.5, 1]);
    for (const value of [0, 0.25, 0.26, 0.5, 0.75, 1, 1.5, 1000]) histogram.observe(value);
    expect([...histogram.lines("wait_seconds", { step: "verify" })]).toEqual([
      { metricName: "wait_seconds_bucket", labels: { step: "verify", le: 0.25 }, value: 2 },
      { metricName: "wait_seconds_bucket", labels: { step: "verify", le: 0.5 }, value: 4 },
      { metricName: "wait_seconds_bucket", labels: { step: "verify", le: 1 }, value: 6 },
      { metricName: "wait_seconds_bucket", labels: { step: "verify", le: "+Inf" }, value: 8 },
      { metricName: "wait_seconds_sum", labels: { step: "verify" }, value: 1004.26 },
      { metricName: "wait_seconds_count", labels: { step: "verify" }, value: 8 },
    ]);
    expect(histogram.count).toBe(8);
  });

  it("that has seen nothing gives zeros", () => {
    const values = [...new Histogram([1, 2]).lines("x", {})].map(({ value }) => value);
    expect(values).toEqual([0, 0, 0, 0, 0]);
  });

  it("for each value of a label is one of its own", () => {
    const histograms = histogramsOf(["find", "write"], [1]);
    histograms.get("find")?.observe(3);
    expect([...histograms].map(([value, { count }]) => [value, count])).toEqual([
      ["find", 1],
      ["write", 0],
    ]);
  });
});
