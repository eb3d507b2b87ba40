import { filterCovers } from "@connack/credentials";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commonTopic } from "./acl-common-topic.ts";

describe("commonTopic", () => {
  it.each([
    ["devices/#", "devices/a/secret", "devices/a/secret"],
    ["devices/+/up", "devices/a/#", "devices/a/up"],
    ["a/#", "a", "a"],
    ["+/b", "a/+", "a/b"],
    ["#", "#", "any-other-name"],
    ["a/+", "+/#", "a/any-other-name"],
    ["a/b", "a/c", undefined],
    ["a/+", "a", undefined],
    ["a/b/#", "a/+", "a/b"],
    ["a/b/#", "a", undefined],
    ["/#", "#", "/any-other-name"],
    ["/#", "+", undefined],
    ["#", "$SYS/x", undefined],
    ["+/x", "$SYS/#", undefined],
    ["$SYS/#", "$SYS/+/x", "$SYS/any-other-name/x"],
  ])("%s and %s: %s", (first, second, topic) => {
    expect(commonTopic(first, second)).toBe(topic);
    expect(commonTopic(second, first)).toBe(topic);
  });

  it("finds one whenever there is one", () => {
    const level = fc.constantFrom("a", "b", "", "+", "$x");
    const filter = fc
      .tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([levels, open]) => (open ? [...levels, "#"] : levels).join("/"))
      .filter((text) => text !== "");
    const names = ["a", "b", "", "$x", "c"];
    const topics = names.flatMap((one) => [
      one,
      ...names.flatMap((two) => [
        `${one}/${two}`,
        ...names.flatMap((three) => [`${one}/${two}/${three}`, `${one}/${two}/${three}/c`]),
      ]),
    ]);
    fc.assert(
      fc.property(filter, filter, (first, second) => {
        const exists = topics.some(
          (topic) => topic !== "" && filterCovers(first, topic) && filterCovers(second, topic),
        );
        expect(commonTopic(first, second) !== undefined).toBe(exists);
      }),
      { numRuns: 5000, seed: 1 },
    );
  });
});
