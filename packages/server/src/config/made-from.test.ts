import { expect, it } from "vitest";
import { madeFrom } from "./made-from.ts";

it("is made once for each source", () => {
  let source = { name: "a" };
  const made: string[] = [];
  const current = madeFrom(
    () => source,
    ({ name }) => {
      made.push(name);
      return { name: name.toUpperCase() };
    },
  );
  expect(made).toEqual(["a"]);
  expect(current()).toBe(current());
  source = { name: "b" };
  expect(current()).toEqual({ name: "B" });
  expect(current()).toBe(current());
  expect(made).toEqual(["a", "b"]);
});

it("that cannot be made is tried again, and the former is not used meanwhile", () => {
  let source = [1];
  const current = madeFrom(
    () => source,
    ([first]) => {
      if (first === undefined) throw new RangeError("empty");
      return first;
    },
  );
  source = [];
  expect(current).toThrow(RangeError);
  expect(current).toThrow(RangeError);
  source = [2];
  expect(current()).toBe(2);
});
