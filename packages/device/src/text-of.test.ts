import { expect, it } from "vitest";
import { textOf } from "./text-of.ts";

it("tells what an error says as part of a sentence, with its cause", () => {
  expect(textOf(new Error("It failed."))).toBe("It failed");
  expect(textOf(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:1") }))).toBe(
    "fetch failed: connect ECONNREFUSED 127.0.0.1:1",
  );
  expect(textOf(new AggregateError([new Error("connect ECONNREFUSED ::1:1"), new Error("other")]))).toBe(
    "connect ECONNREFUSED ::1:1",
  );
  expect(textOf(Object.assign(new Error(), { code: "EPIPE" }))).toBe("EPIPE");
  expect(textOf(new RangeError())).toBe("RangeError");
  expect(textOf("text")).toBe("text");
});
