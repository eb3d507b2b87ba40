import { expect, it } from "vitest";
import type { StoredPacket } from "../aedes-internals.ts";
import { RetainedStore } from "./retained-store.ts";

const message = (topic: string, payload: string, more: Partial<StoredPacket> = {}): StoredPacket => ({
  cmd: "publish",
  topic,
  payload: Buffer.from(payload),
  qos: 1,
  retain: true,
  dup: false,
  ...more,
});

function openStore(bounds = { maxMessages: 10, maxBytes: 10_000 }) {
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
    ["$SYS/x", "4"],
    ["a/b", "33"],
  ] as const)
    store.set(message(topic, payload));
  expect(texts("a/+")).toEqual(["a/c=2", "a/b=33"]);
  expect(texts("#")).toEqual(["a/c=2", "a/b=33"]);
  expect(texts("$SYS/#", "a/c")).toEqual(["$SYS/x=4", "a/c=2"]);
  store.set(message("a/b", ""));
  expect(texts("a/#")).toEqual(["a/c=2"]);
  expect([store.size, store.bytes]).toEqual([2, 2 * 400 + 3 + 6 + 2]);
  for (const topic of ["a/c", "$SYS/x", "never"]) store.set(message(topic, ""));
  expect([store.size, store.bytes]).toEqual([0, 0]);
});

it("gives them with no higher QoS than was granted", () => {
  const { store } = openStore();
  store.set(message("a", "1", { qos: 2 }));
  const qosFor = (granted: [string, number][]) =>
    [...store.matching(["a", "+"], new Map(granted))].map(({ qos }) => qos);
  expect(qosFor([])).toEqual([2, 2]);
  expect(
    qosFor([
      ["a", 0],
      ["+", 1],
    ]),
  ).toEqual([0, 1]);
});

it("keeps so many topics; those that are there may still change", () => {
  const { store, texts, full } = openStore({ maxMessages: 2, maxBytes: 10_000 });
  for (const topic of ["a", "b", "c"]) store.set(message(topic, "1"));
  store.set(message("a", "2"));
  expect(texts("+")).toEqual(["b=1", "a=2"]);
  expect(full()).toBe(1);
});

it("keeps so many bytes, and nothing of a topic whose new message does not fit", () => {
  const { store, texts, full } = openStore({ maxMessages: 10, maxBytes: 1_000 });
  store.set(message("a", "12345"));
  store.set(message("b", "12345"));
  store.set(message("b", "x".repeat(200)));
  expect(texts("+")).toEqual(["a=12345"]);
  expect([store.size, store.bytes, full()]).toEqual([1, 406, 1]);
});

it("counts properties, and more for each than its text", () => {
  const { store, full } = openStore({ maxMessages: 10, maxBytes: 10_000 });
  store.set(message("a", "1", { properties: { correlationData: Buffer.alloc(10_000) } }));
  store.set(message("b", "1", { properties: { userProperties: { x: Array.from({ length: 100 }, () => "") } } }));
  expect([store.size, store.bytes, full()]).toEqual([0, 0, 2]);
});
