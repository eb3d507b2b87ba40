import { expect, it } from "vitest";
import type { StoredPacket } from "../aedes-internals.ts";
import { RetainedStore } from "./retained-store.ts";

const message = (topic: string, payload: string): StoredPacket => ({
  cmd: "publish",
  topic,
  payload: Buffer.from(payload),
  qos: 1,
  retain: true,
  dup: false,
});

function openStore(bounds = { maxMessages: 10, maxBytes: 100 }) {
  let full = 0;
  const store = new RetainedStore(bounds, () => full++);
  const texts = (...filters: string[]) =>
    [...store.matching(filters)].map(({ topic, payload }) => `${topic}=${payload}`);
  return { store, texts, full: () => full };
}

it("keeps the last message of each topic; an empty one removes it", () => {
  const { store, texts } = openStore();
  for (const [topic, payload] of [
    ["a/b", "1"],
    ["a/c", "2"],
    ["a/b", "33"],
    ["$SYS/x", "4"],
  ] as const)
    store.set(message(topic, payload));
  expect(texts("a/+")).toEqual(["a/b=33", "a/c=2"]);
  expect(texts("#")).toEqual(["a/b=33", "a/c=2"]);
  expect(texts("$SYS/#", "a/c")).toEqual(["$SYS/x=4", "a/c=2"]);
  store.set(message("a/b", ""));
  expect(texts("a/#")).toEqual(["a/c=2"]);
  expect([store.size, store.bytes]).toEqual([2, 2]);
});

it("keeps so many topics; those that are there may still change", () => {
  const { store, texts, full } = openStore({ maxMessages: 2, maxBytes: 100 });
  for (const topic of ["a", "b", "c"]) store.set(message(topic, "1"));
  store.set(message("a", "2"));
  expect(texts("+")).toEqual(["a=2", "b=1"]);
  expect(full()).toBe(1);
});

it("keeps so many bytes, and nothing of a topic whose new message does not fit", () => {
  const { store, texts, full } = openStore({ maxMessages: 10, maxBytes: 10 });
  store.set(message("a", "12345"));
  store.set(message("b", "12345"));
  store.set(message("b", "123456"));
  expect(texts("+")).toEqual(["a=12345"]);
  expect([store.size, store.bytes, full()]).toEqual([1, 5, 1]);
});
