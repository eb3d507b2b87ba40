import { describe, expect, it } from "vitest";
import type { AuditEvent } from "./audit-event.ts";
import type { Missed } from "./audit-log.ts";
import { followEvents } from "./follow-events.ts";
import { createMemoryAudit } from "./testing/memory-audit.ts";

const start = 1_800_000_000_000;

function setUp(room?: number) {
  let now = start;
  const audit = createMemoryAudit(() => now, room);
  const stop = new AbortController();
  const letIn = (deviceId: string) => audit.record({ type: "connect", result: "allow", deviceId });
  const refuse = (deviceId: string) =>
    audit.record({ type: "connect", result: "deny", reason: "device_disabled", deviceId });
  const follow = (since?: number, filter = {}) =>
    followEvents(audit, {
      filter,
      nowMs: () => now,
      signal: stop.signal,
      ...(since !== undefined && { since }),
    });
  const at = (ms: number) => {
    now = start + ms;
  };
  return { audit, stop, letIn, refuse, follow, at };
}

/** The next events, short: `who×count`, or how many were missed. */
async function take(events: AsyncGenerator<AuditEvent | Missed>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) return [...taken, "end"];
    taken.push("missed" in value ? `missed ${value.missed}` : `${value.deviceId}×${value.count}`);
  }
  return taken;
}

describe("without a past", () => {
  it("gives what happens from then on, by the filter", async () => {
    const { letIn, refuse, follow } = setUp();
    letIn("before");
    const events = await follow(undefined, { result: "deny" });
    letIn("b");
    refuse("c");
    refuse("c");
    expect(await take(events, 2)).toEqual(["c×1", "c×1"]);
  });

  it("ends when it is told to, also while it waits, and leaves nothing behind", async () => {
    const { audit, follow, stop } = setUp();
    const events = await follow();
    const waiting = take(events, 1);
    stop.abort();
    expect(await waiting).toEqual(["end"]);
    const late = await follow(start);
    expect(await take(late, 1)).toEqual(["end"]);
    expect(audit.subscriptions()).toBe(0);
  });

  it("says how many a slow reader missed", async () => {
    const { letIn, follow } = setUp(3);
    const events = await follow();
    for (let index = 0; index < 10; index++) letIn(`d${index}`);
    expect(await take(events, 4)).toEqual(["d0×1", "d1×1", "d2×1", "missed 7"]);
  });
});

describe("with a past", () => {
  it("is oldest first, over many pages, then live, nothing twice and nothing lost", async () => {
    const { letIn, follow, at } = setUp();
    for (let index = 0; index < 3500; index++) {
      at(index);
      letIn(`d${index}`);
    }
    at(4000);
    const events = await follow(start + 10);
    letIn("live");
    const all = await take(events, 3491);
    expect(all).toEqual([...Array.from({ length: 3490 }, (_, index) => `d${index + 10}×1`), "live×1"]);
  });

  it("has its first event after a few pages, however much is kept", async () => {
    const { audit, letIn, follow, at } = setUp();
    for (let index = 0; index < 20_000; index++) {
      at(index);
      letIn(`d${index}`);
    }
    let queries = 0;
    audit.beforeQuery = () => queries++;
    expect(await take(await follow(start), 1)).toEqual(["d0×1"]);
    // A walk through all of it would be 20.
    expect(queries).toBeLessThan(8);
  });

  it("has all of one millisecond, however long ago the reader asks to begin", async () => {
    const { letIn, follow, at } = setUp();
    for (let index = 0; index < 4000; index++) {
      at(index < 2500 ? 7 : index);
      letIn(`d${index}`);
    }
    const all = await take(await follow(0), 4000);
    expect(all).toEqual(Array.from({ length: 4000 }, (_, index) => `d${index}×1`));
  });

  it("gives a refusal that repeats as one, and its next times one by one", async () => {
    const { refuse, follow, at } = setUp();
    for (const time of [0, 10, 20]) {
      at(time);
      refuse("a");
    }
    at(30);
    const events = await follow(start);
    at(40);
    refuse("a");
    expect(await take(events, 2)).toEqual(["a×3", "a×1"]);
  });

  it("tells what happens in the very millisecond it begins once, whether before or after", async () => {
    const { letIn, refuse, follow, at } = setUp();
    refuse("r");
    at(5);
    letIn("before");
    refuse("r");
    const starting = follow(start);
    letIn("after");
    refuse("r");
    const events = await starting;
    at(6);
    letIn("end");
    expect(await take(events, 4)).toEqual(["r×3", "before×1", "after×1", "end×1"]);
  });

  it("does not lose a row that grows while it is read", async () => {
    const { audit, letIn, refuse, follow, at } = setUp();
    for (const time of [0, 1]) {
      at(time);
      refuse("a");
    }
    at(2);
    letIn("b");
    let queries = 0;
    audit.beforeQuery = () => {
      // It goes on being refused: by then its last time is after the moment the reader began.
      at(100 + queries++);
      refuse("a");
    };
    const events = await follow(start);
    expect(await take(events, 2)).toEqual(["b×1", "a×4"]);
    audit.beforeQuery = () => {};
    at(200);
    refuse("a");
    expect(await take(events, 1)).toEqual(["a×1"]);
  });

  it("gives a row once, also when those before it have moved while it was read", async () => {
    const { audit, letIn, refuse, follow, at } = setUp();
    for (let index = 0; index < 2500; index++) {
      at(index);
      if (index === 1000) refuse("a");
      else letIn(`d${index}`);
    }
    at(3000);
    const events = await follow(start);
    let grown = false;
    audit.beforeQuery = () => {
      at(3001);
      if (!grown) refuse("a"); // in the middle page, which is read again now: another one takes its place there
      grown = true;
    };
    const all = await take(events, 2500);
    expect([new Set(all).size, all[0], all[2498], all[2499]]).toEqual([2500, "d0×1", "d2499×1", "a×2"]);
  });

  it("is refused where the audit cannot be read, and leaves nothing behind", async () => {
    const { audit, follow } = setUp();
    audit.unavailable = true;
    await expect(follow(start)).rejects.toThrow("the audit is being opened");
    expect(audit.subscriptions()).toBe(0);
  });

  it("can be left in the middle", async () => {
    const { audit, letIn, follow } = setUp();
    letIn("a");
    letIn("b");
    for await (const _ of await follow(start)) break;
    expect(audit.subscriptions()).toBe(0);
  });
});
