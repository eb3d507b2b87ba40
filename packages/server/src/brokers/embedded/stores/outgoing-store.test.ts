import { expect, it } from "vitest";
import type { StoredPacket } from "../aedes-internals.ts";
import { OutgoingStore } from "./outgoing-store.ts";

const message = (brokerCounter: number, payload = "x"): StoredPacket => ({
  cmd: "publish",
  topic: "t",
  payload: Buffer.from(payload),
  qos: 1,
  retain: false,
  dup: false,
  brokerId: "b",
  brokerCounter,
});

function openStore(bounds = { maxMessages: 3, maxBytes: 100 }) {
  const full: string[] = [];
  return { store: new OutgoingStore(bounds, (clientId) => full.push(clientId)), full };
}

const countersOf = (store: OutgoingStore, clientId: string) =>
  store.waiting(clientId).map(({ brokerCounter }) => brokerCounter);

it("keeps messages in order for each client, and no window into another buffer", () => {
  const { store } = openStore();
  const chunk = Buffer.from("one message in a larger chunk");
  store.enqueue(["a", "b"], { ...message(1), payload: chunk.subarray(0, 3) });
  store.enqueue(["a"], message(2));
  chunk.fill(0);
  expect(countersOf(store, "a")).toEqual([1, 2]);
  expect(countersOf(store, "b")).toEqual([1]);
  expect(String(store.waiting("a")[0]?.payload)).toBe("one");
  expect(store.bytes).toBe(3 + 3 + 1);
});

it("does not keep the newest when a client's queue or the whole is full", () => {
  const { store, full } = openStore({ maxMessages: 2, maxBytes: 10 });
  for (let counter = 1; counter <= 3; counter++) store.enqueue(["a"], message(counter));
  store.enqueue(["b"], message(4, "x".repeat(9)));
  store.enqueue(["b"], message(5, "x".repeat(8)));
  expect(countersOf(store, "a")).toEqual([1, 2]);
  expect(countersOf(store, "b")).toEqual([5]);
  expect(full).toEqual(["a", "b"]);
  store.drop("a");
  expect(store.bytes).toBe(8);
});

it("removes a message by its number, else by its packet id, and counts its bytes back", () => {
  const { store } = openStore();
  for (let counter = 1; counter <= 3; counter++) store.enqueue(["a"], message(counter));
  // Not the first without a packet id, but the one that is meant.
  expect(store.remove("a", { ...message(2), messageId: undefined })).toMatchObject({ brokerCounter: 2 });
  store.update("a", { ...message(3), messageId: 9 });
  expect(store.remove("a", { messageId: 9 })).toMatchObject({ brokerCounter: 3 });
  expect(store.remove("a", { messageId: 9 })).toBeUndefined();
  expect(store.remove("nobody", { messageId: 9 })).toBeUndefined();
  expect(countersOf(store, "a")).toEqual([1]);
  expect(store.bytes).toBe(1);
});

it("marks what was sent before as a duplicate", () => {
  const { store } = openStore();
  store.enqueue(["a"], message(1));
  store.enqueue(["a"], message(2));
  store.update("a", { ...message(1), messageId: 7 });
  expect(store.waiting("a")).toMatchObject([
    { dup: true, messageId: 7 },
    { dup: false, messageId: undefined },
  ]);
});

it("puts a PUBREL in the place of its message and forgets the payload", () => {
  const { store } = openStore();
  store.enqueue(["a"], message(1, "payload"));
  store.update("a", { ...message(1), messageId: 7 });
  store.update("a", { cmd: "pubrel", messageId: 7 } as StoredPacket);
  expect(store.bytes).toBe(0);
  expect(store.waiting("a")).toEqual([{ cmd: "pubrel", messageId: 7 }]);
  store.remove("a", { messageId: 7 });
  expect(store.waiting("a")).toEqual([]);
  expect(store.bytes).toBe(0);
});
