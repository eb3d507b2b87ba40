import { describe, expect, it } from "vitest";
import { filterCovers, isTopicFilter, isTopicLevel, isTopicName } from "./topic-filter.ts";

it.each(["a", " ", "$SYS", "ä", "💡", "a:b-c_d", "__proto__"])("'%s' may be a level", (text) => {
  expect(isTopicLevel(text)).toBe(true);
});

it.each(["", "a/b", "/", "+", "a+", "#", "a#", "a\0", "a\n", "\u007f", "\u0085", "\ud800", "a\udc00"])(
  "%j may not be a level",
  (text) => {
    expect(isTopicLevel(text)).toBe(false);
  },
);

it.each(["a", "/", "//", "a/", "+", "#", "+/#", "/#", "a/+/b", "a/#", "$SYS/#", "a b", "\u0001"])(
  "%j is a filter",
  (text) => {
    expect(isTopicFilter(text)).toBe(true);
  },
);

it.each(["", "a#", "#a", "#/a", "a/#/b", "##", "a+", "+a", "a/b+/c", "++", "a\0", "\ud800"])(
  "%j is no filter",
  (text) => {
    expect(isTopicFilter(text)).toBe(false);
    expect(isTopicName(text)).toBe(false);
  },
);

it.each(["a", "/", "a/b", "$SYS/x", " "])("%j is a topic", (text) => {
  expect(isTopicName(text)).toBe(true);
});

it.each(["+", "#", "a/+/b", "a/#"])("%j is a filter and no topic", (text) => {
  expect(isTopicFilter(text)).toBe(true);
  expect(isTopicName(text)).toBe(false);
});

it("counts bytes, not characters", () => {
  for (const isOne of [isTopicFilter, isTopicName]) {
    expect(isOne("a".repeat(65_535))).toBe(true);
    expect(isOne("a".repeat(65_536))).toBe(false);
    expect(isOne("ä".repeat(32_767))).toBe(true);
    expect(isOne("ä".repeat(32_768))).toBe(false);
  }
});

describe("filterCovers", () => {
  it.each([
    ["#", "#"],
    ["#", "a/+/#"],
    ["+/#", "#"],
    ["+/#", "a/b"],
    ["a/#", "a"],
    ["a/#", "a/"],
    ["a/+", "a/"],
    ["+/+", "/"],
    ["a/+/c", "a/+/c"],
    ["$SYS/#", "$SYS/+/x"],
    ["$SYS/#", "$SYS"],
    ["a/#", "a/$SYS"],
  ])("%s covers %s", (filter, wanted) => {
    expect(filterCovers(filter, wanted)).toBe(true);
  });

  it.each([
    ["a", "a/"],
    ["a", "A"],
    ["a/+", "a"],
    ["a/+", "a/b/c"],
    ["a/b", "a/+"],
    ["a/+", "a/#"],
    ["a/+/#", "a/#"],
    ["+", "#"],
    ["+/#/b", "#"],
    ["#", "$SYS/x"],
    ["+/x", "$SYS/x"],
    ["+/#", "$SYS/x"],
    ["#", "$"],
    ["$SYS/#", "#"],
    ["$SYS/#", "+/x"],
    ["a/#/b", "a/x/b"],
    ["#/b", "a/b"],
  ])("%s does not cover %s", (filter, wanted) => {
    expect(filterCovers(filter, wanted)).toBe(false);
  });
});
