import { expect, it } from "vitest";
import { z } from "zod";
import { fromQuery } from "./from-query.ts";

const input = z.strictObject({
  text: z.string().optional(),
  count: z.int().min(1).max(10).default(5),
  flag: z.boolean().optional(),
  list: z.array(z.enum(["a", "b"])).optional(),
  numbers: z.array(z.int()).optional(),
  time: z.union([z.int(), z.iso.datetime()]).optional(),
  qos: z.union([z.literal(0), z.literal(1)]).default(0),
  name: z.string().nullable().optional(),
});

const read = (query: string) => fromQuery(new URLSearchParams(query), input);

it.each([
  ["", {}],
  ["text=7&name=8", { text: "7", name: "8" }],
  ["count=7", { count: 7 }],
  ["count=-7", { count: -7 }],
  ["count=7.5", { count: "7.5" }],
  ["count=7e3", { count: "7e3" }],
  ["count=", { count: "" }],
  ["count=99999999999999999999", { count: "99999999999999999999" }],
  ["flag=true", { flag: true }],
  ["flag=false", { flag: false }],
  ["flag=1", { flag: "1" }],
  ["list=a", { list: ["a"] }],
  ["list=a&list=b", { list: ["a", "b"] }],
  ["numbers=1&numbers=x", { numbers: [1, "x"] }],
  ["time=1000", { time: 1000 }],
  ["time=2026-01-02T00:00:00Z", { time: "2026-01-02T00:00:00Z" }],
  ["qos=1", { qos: 1 }],
  ["text=a&text=b", { text: ["a", "b"] }],
  ["other=1", { other: "1" }],
  ["text=a%26b%2Bc+d", { text: "a&b+c d" }],
])("%s", (query, members) => {
  expect(read(query)).toEqual(members);
});

it("takes a name of an object's own for what it is", () => {
  const members = read("__proto__=x&constructor=y");
  expect(Object.keys(members).sort()).toEqual(["__proto__", "constructor"]);
  expect(Object.getPrototypeOf(members)).toBe(Object.prototype);
});
