import { expect, it } from "vitest";
import { LabelCounts } from "./label-counts.ts";

it("counts by three labels", () => {
  const counts = new LabelCounts(["emqx", "embedded"], ["jwt", "none"], ["none", "expired"]);
  counts.add("emqx", "jwt", "none");
  counts.add("emqx", "jwt", "none");
  counts.add("emqx", "jwt", "expired");
  counts.add("embedded", "none", "expired");
  expect([...counts.entries()]).toEqual([
    ["emqx", "jwt", "none", 2],
    ["emqx", "jwt", "expired", 1],
    ["embedded", "none", "expired", 1],
  ]);
});

it("makes no line for a value that is not one of ours, however many come", () => {
  const counts = new LabelCounts(["a"], ["b"], ["c"]);
  for (let n = 0; n < 10_000; n++) counts.add(`a${n}`, "b", `c${n}`);
  for (const name of ["__proto__", "constructor", ""]) counts.add("a", name, "c");
  expect([...counts.entries()]).toEqual([
    ["other", "b", "other", 10_000],
    ["a", "other", "c", 3],
  ]);
});
