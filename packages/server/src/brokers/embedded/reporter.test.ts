import { describe, expect, it } from "vitest";
import type { EmbeddedBrokerEvent } from "./embedded-broker-event.ts";
import { EventBudget } from "./event-budget.ts";
import { Reporter } from "./reporter.ts";

describe("Reporter", () => {
  const open = () => {
    const events: EmbeddedBrokerEvent[] = [];
    const clock = { nowMs: 5_000 };
    return {
      events,
      clock,
      reporter: new Reporter(
        (event) => events.push(event),
        () => clock.nowMs,
      ),
    };
  };

  it("counts every trip of a guard and tells at most one a second, with their number", () => {
    const { clock, events, reporter } = open();
    const source = { client: { id: "a\u0000b" }, peerHost: "192.0.2.1" };
    for (let count = 0; count < 3; count++) reporter.trip("queue_full", source);
    reporter.trip("too_slow");
    clock.nowMs += 1_000;
    reporter.trip("queue_full", { client: { id: null }, peerHost: "" });
    expect(events).toEqual([
      { type: "guard", guard: "queue_full", times: 1, clientId: "a\ufffdb", peerHost: "192.0.2.1" },
      { type: "guard", guard: "too_slow", times: 1 },
      { type: "guard", guard: "queue_full", times: 3, peerHost: "" },
    ]);
    expect(reporter.counters()).toEqual({ "guard.queue_full": 4, "guard.too_slow": 1 });
  });

  it("tells again when the clock was set back", () => {
    const { clock, events, reporter } = open();
    reporter.trip("too_slow");
    clock.nowMs = 0;
    reporter.trip("too_slow");
    expect(events).toHaveLength(2);
  });
});

describe("EventBudget", () => {
  it("gives so many within a minute, also after the clock was set back", () => {
    const budget = new EventBudget(2);
    expect([0, 1, 2, 59_999].map((nowMs) => budget.take(nowMs))).toEqual([true, true, false, false]);
    expect([60_000, 60_001, 60_002].map((nowMs) => budget.take(nowMs))).toEqual([true, true, false]);
    expect(budget.take(5)).toBe(true);
  });
});
