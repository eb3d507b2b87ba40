import { describe, expect, it } from "vitest";
import { KeptBytes } from "./kept-bytes.ts";
import type { Outgoing } from "./message.ts";
import { Outbox } from "./outbox.ts";

const message = (topic: string, bytes = 0, qos = 1): Outgoing => ({
  message: { topic, payload: Buffer.alloc(bytes), properties: Buffer.alloc(0) },
  qos,
  retain: false,
});

const roomy = { maxKept: 100, maxWaiting: 100, maxWaitingBytes: 1_000_000 };

function openOutbox(bounds: Partial<typeof roomy> = {}, maxBytes = 1_000_000) {
  const keptBytes = new KeptBytes(maxBytes);
  const outbox = new Outbox({ ...roomy, ...bounds }, keptBytes);
  const add = (...topics: string[]) => topics.map((topic) => outbox.add(message(topic)));
  /** What can be sent now: topics, and identifiers of PUBRELs; marked with ! when sent again. */
  const sent = () => {
    const texts: string[] = [];
    for (let next = outbox.next(); next !== undefined; next = outbox.next()) {
      texts.push(`${next.dup ? "!" : ""}${next.outgoing?.message.topic ?? "PUBREL"} ${next.id}`);
    }
    return texts;
  };
  return { outbox, keptBytes, add, sent };
}

const connection = () => () => {};

describe("an outbox", () => {
  it("sends nothing while nobody is there, then in order, no more than the window allows", () => {
    const { outbox, add, sent } = openOutbox();
    add("a", "b", "c", "d");
    expect(sent()).toEqual([]);
    outbox.connect(2, connection());
    expect(sent()).toEqual(["a 1", "b 2"]);
    outbox.acknowledge(2);
    expect(sent()).toEqual(["c 3"]);
    outbox.acknowledge(2);
    outbox.acknowledge(77);
    expect(sent()).toEqual([]);
    outbox.acknowledge(1);
    expect(sent()).toEqual(["d 4"]);
  });

  it("counts a QoS 2 message until its PUBCOMP", () => {
    const { outbox, add, sent } = openOutbox();
    outbox.connect(1, connection());
    add("a", "b");
    expect(sent()).toEqual(["a 1"]);
    outbox.release(1);
    expect(sent()).toEqual([]);
    outbox.acknowledge(1);
    expect(sent()).toEqual(["b 2"]);
  });

  it("sends again to the next connection what was not acknowledged, with its identifier, before the rest", () => {
    const { outbox, add, sent } = openOutbox();
    add("a", "b", "c", "d", "e");
    outbox.connect(4, connection());
    expect(sent()).toHaveLength(4);
    outbox.acknowledge(1);
    outbox.release(3);
    outbox.connect(2, connection());
    expect(sent()).toEqual(["!b 2", "!PUBREL 3"]);
    outbox.acknowledge(2);
    expect(sent()).toEqual(["!d 4"]);
    outbox.acknowledge(4);
    expect(sent()).toEqual(["e 5"]);
    // And once more, in the middle of it.
    outbox.connect(3, connection());
    expect(sent()).toEqual(["!PUBREL 3", "!e 5"]);
  });

  it("sends a PUBREL whatever the window", () => {
    const { outbox, add, sent } = openOutbox();
    add("a", "b", "c");
    outbox.connect(3, connection());
    sent();
    for (const id of [1, 2, 3]) outbox.release(id);
    outbox.connect(1, connection());
    expect(sent()).toEqual(["!PUBREL 1", "!PUBREL 2", "!PUBREL 3"]);
    add("d");
    expect(sent()).toEqual([]);
  });

  it("gives no identifier twice, all 65535 in use or not", () => {
    const { outbox, add, sent } = openOutbox({ maxKept: 100_000 }, 1e9);
    outbox.connect(65_535, connection());
    for (let count = 0; count < 65_536; count++) add("a");
    expect(new Set(sent()).size).toBe(65_535);
    outbox.acknowledge(40_000);
    expect(sent()).toEqual(["a 40000"]);
    outbox.acknowledge(3);
    add("b");
    expect(sent()).toEqual(["b 3"]);
  });

  it("knows which connection took it up last", () => {
    const { outbox, add, sent } = openOutbox();
    const [first, second] = [connection(), connection()];
    outbox.connect(1, first);
    outbox.connect(1, second);
    expect([outbox.isConnected(first), outbox.isConnected(second)]).toEqual([false, true]);
    outbox.disconnect(first);
    add("a");
    expect(sent()).toEqual(["a 1"]);
    outbox.disconnect(second);
    expect(outbox.isIdle).toBe(false);
    outbox.clear();
    expect(outbox.isIdle).toBe(true);
  });

  it("sends QoS 0 in order with the rest, and does not hold it back with what the window holds back", () => {
    const { outbox, sent } = openOutbox();
    const first = connection();
    outbox.connect(1, first);
    for (const [topic, qos] of [
      ["a", 0],
      ["b", 1],
      ["c", 0],
      ["d", 1],
      ["e", 0],
    ] as const)
      outbox.add(message(topic, 0, qos));
    expect(sent()).toEqual(["a 0", "b 1", "c 0", "e 0"]);
    outbox.acknowledge(1);
    expect(sent()).toEqual(["d 2"]);
    outbox.add(message("f", 0, 0));
    outbox.disconnect(first);
    expect(outbox.add(message("g", 0, 0))).toBe("dropped");
    outbox.connect(1, connection());
    expect(sent()).toEqual(["!d 2"]);
  });

  it("says when more waits than for a client that keeps up, in messages or bytes", () => {
    const { outbox, sent } = openOutbox({ maxKept: 0, maxWaiting: 100, maxWaitingBytes: 1_000 });
    outbox.connect(100, connection());
    for (let count = 1; count <= 10; count++) outbox.add(message("t", 0, count % 2));
    expect(outbox.isFilling).toBe(false);
    outbox.add(message("t"));
    expect(outbox.isFilling).toBe(true);
    sent();
    expect(outbox.isFilling).toBe(false);
    outbox.add(message("t", 250));
    expect(outbox.isFilling).toBe(true);
    sent();
    expect(outbox.isFilling).toBe(false);
  });

  it("tells the connection of what was added", () => {
    const { outbox } = openOutbox();
    let told = 0;
    outbox.added();
    outbox.connect(1, () => told++);
    outbox.added();
    expect(told).toBe(1);
  });
});

describe("the bounds of an outbox", () => {
  it("messages kept, and bytes of all together", () => {
    const { outbox, keptBytes, add } = openOutbox({ maxKept: 2 });
    expect(add("a", "b", "c")).toEqual(["kept", "kept", "dropped"]);
    const other = new Outbox(roomy, keptBytes);
    expect(other.add(message("t", 1_000_000 - keptBytes.used))).toBe("dropped");
    expect(keptBytes.used).toBe(2 * (400 + 1));
    outbox.clear();
    expect(keptBytes.used).toBe(0);
    expect(add("d")).toEqual(["kept"]);
  });

  it("counts a message no more once it is acknowledged, its payload once it is released", () => {
    const { outbox, keptBytes, sent } = openOutbox({ maxKept: 1 });
    outbox.add(message("a", 100));
    outbox.connect(9, connection());
    sent();
    expect(keptBytes.used).toBe(501);
    outbox.release(1);
    expect(keptBytes.used).toBe(0);
    outbox.disconnect(connection());
    outbox.acknowledge(1);
    outbox.acknowledge(1);
    expect(keptBytes.used).toBe(0);
    expect(outbox.add(message("b"))).toBe("kept");
  });

  it("what is not kept is passed on, once, to a client that is there", () => {
    const { outbox, keptBytes, add, sent } = openOutbox({ maxKept: 1, maxWaiting: 2 });
    const first = connection();
    outbox.connect(1, first);
    expect(add("a", "b", "c", "d")).toEqual(["kept", "passing", "passing", "dropped"]);
    expect(sent()).toEqual(["a 1"]);
    outbox.acknowledge(1);
    expect(sent()).toEqual(["b 2"]);
    expect(add("e", "f")).toEqual(["kept", "passing"]);
    outbox.disconnect(first);
    outbox.connect(9, connection());
    expect(sent()).toEqual(["e 3"]);
    outbox.acknowledge(3);
    expect(keptBytes.used).toBe(0);
  });

  it("a message for which nothing has to wait is passed on whatever its size", () => {
    const { outbox, sent } = openOutbox({ maxKept: 1, maxWaitingBytes: 100 }, 100);
    outbox.connect(1, connection());
    expect(outbox.add(message("a", 10_000))).toBe("passing");
    expect(outbox.add(message("b", 1))).toBe("dropped");
    expect(sent()).toEqual(["a 1"]);
    expect(outbox.add(message("c", 10_000))).toBe("passing");
  });

  it("a session that ends with its connection waits for its beginning, and keeps nothing", () => {
    const { outbox, keptBytes, add, sent } = openOutbox({ maxKept: 0, maxWaiting: 2 });
    expect(add("a", "b", "c")).toEqual(["passing", "passing", "dropped"]);
    const first = connection();
    outbox.connect(1, first);
    expect(sent()).toEqual(["a 1"]);
    outbox.acknowledge(1);
    expect(sent()).toEqual(["b 2"]);
    expect(keptBytes.used).toBe(0);
    add("d");
    outbox.disconnect(first);
    expect(outbox.isIdle).toBe(true);
  });
});
