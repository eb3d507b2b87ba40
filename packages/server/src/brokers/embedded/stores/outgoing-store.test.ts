import { expect, it } from "vitest";
import type { StoredPacket, StoredSubscription } from "../aedes-internals.ts";
import { OutgoingStore } from "./outgoing-store.ts";

const packet = (payload: string, more: Partial<StoredPacket> = {}): StoredPacket => ({
  cmd: "publish",
  topic: "t",
  payload: Buffer.from(payload),
  qos: 2,
  retain: true,
  dup: false,
  ...more,
});

const to = (clientId: string, more: Partial<StoredSubscription> = {}): StoredSubscription => ({
  clientId,
  topic: "#",
  qos: 2,
  ...more,
});

function openStore(bounds = {}) {
  const full: string[] = [];
  const roomy = { maxMessages: 10, maxBytes: 100_000, maxWaiting: 10, maxWaitingBytes: 100_000 };
  const store = new OutgoingStore({ ...roomy, ...bounds }, (clientId) => full.push(clientId));
  const sentTo = (clientId: string) => {
    const outbox = store.of(clientId);
    outbox.connect(100, () => {});
    const sent = [];
    for (let next = outbox.next(); next !== undefined; next = outbox.next()) sent.push(next.outgoing);
    return sent;
  };
  return { store, full, sentTo };
}

it("keeps messages in order for each client, and no window into another buffer", () => {
  const { store, sentTo } = openStore();
  const chunk = Buffer.from("one message in a larger chunk");
  store.enqueue([to("a"), to("b")], { ...packet(""), payload: chunk.subarray(0, 3) });
  store.enqueue([to("a")], packet("two"));
  chunk.fill(0);
  const texts = (clientId: string) => sentTo(clientId).map((outgoing) => String(outgoing?.message.payload));
  expect(texts("a")).toEqual(["one", "two"]);
  expect(texts("b")).toEqual(["one"]);
  expect(texts("c")).toEqual([]);
});

it("keeps a message as each subscription wants it", () => {
  const { store, sentTo } = openStore();
  store.enqueue(
    [to("a", { qos: 1, topic: "+" }), to("a", { rap: true }), to("a", { nl: true }), to("b", { nl: true })],
    packet("x", { clientId: "a" }),
  );
  expect(sentTo("a")).toMatchObject([
    { qos: 1, retain: false, filter: "+" },
    { qos: 2, retain: true, filter: "#" },
  ]);
  expect(sentTo("b")).toMatchObject([{ qos: 2 }]);
});

it("keeps properties, and the time until which a message is of use", () => {
  const { store, sentTo } = openStore();
  const properties = { contentType: "c", messageExpiryInterval: 9 };
  store.enqueue([to("a")], packet("x", { properties, messageExpiry: 1234 }));
  const [outgoing] = sentTo("a");
  expect(outgoing?.message).toMatchObject({ expiresAtMs: 1234, properties: Buffer.from([3, 0, 1, 99]) });
});

it("does not keep the newest when a client's queue or the whole is full, and says so", () => {
  const { store, full, sentTo } = openStore({ maxMessages: 2, maxBytes: 1_300 });
  for (const payload of ["1", "2", "3"]) store.enqueue([to("a")], packet(payload));
  store.enqueue([to("b")], packet("4".repeat(100)));
  store.enqueue([to("b")], packet("5"));
  expect(sentTo("a").map((outgoing) => String(outgoing?.message.payload))).toEqual(["1", "2"]);
  expect(sentTo("b").map((outgoing) => String(outgoing?.message.payload))).toEqual(["5"]);
  expect(full).toEqual(["a", "b"]);
  store.drop("a");
  expect(store.bytes).toBe(402);
});

it("counts properties, which are part of a packet as well as its payload", () => {
  const { store, full } = openStore({ maxBytes: 1_000 });
  store.enqueue([to("a")], packet("x", { properties: { userProperties: { name: "v".repeat(1_000) } } }));
  expect(full).toEqual(["a"]);
  expect(store.bytes).toBe(0);
});

it("has nothing left of clients that have nothing left", () => {
  const { store } = openStore({ maxMessages: 1 });
  const onAdded = () => {};
  for (let index = 0; index < 10; index++) {
    store.enqueue([to(`away-${index}`)], packet("x"));
    store.drop(`away-${index}`);
    store.of(`there-${index}`).connect(1, onAdded);
  }
  expect(store.size).toBe(10);
  for (let index = 0; index < 10; index++) {
    store.of(`there-${index}`).disconnect(onAdded);
    store.left(`there-${index}`);
  }
  expect(store.size).toBe(0);
  store.left("nobody");
  store.drop("nobody");
});
