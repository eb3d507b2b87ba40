import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../audit-event.ts";
import { inOrder } from "./in-order.ts";
import { summarizeDevice } from "./summarize-device.ts";

const now = Date.UTC(2026, 0, 10, 12, 40);
const at = now - 60_000;

/** `+A` connection A begins, `-A` it ends, `~A` it is taken over by the next; `?` a login is allowed. */
type Step = string;

function eventOf(step: Step, time: number): Omit<AuditEvent, "id"> {
  const base = { firstAt: time, lastAt: time, count: 1, broker: "emqx", deviceId: "d", clientId: "c" } as const;
  if (step === "?") return { ...base, type: "connect", result: "allow", scheme: "jwt" };
  if (step.startsWith("+")) return { ...base, type: "connected" };
  return { ...base, type: "disconnected", reason: step.startsWith("~") ? "takenover" : "tcp_closed" };
}

function* permutations<Item>(items: readonly Item[]): Generator<Item[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries()) {
    const rest = items.filter((_, other) => other !== index);
    for (const others of permutations(rest)) yield [item, ...others];
  }
}

/** How it stands after events that arrived in this order, and as the timeline has them. */
function standingOf(arrived: readonly Omit<AuditEvent, "id">[]): string {
  const events = inOrder(arrived.map((event, index) => ({ ...event, id: index + 1 })));
  const { sentence } = summarizeDevice({ events, since: now - 86_400_000, nowMs: now, connectedNow: false });
  return sentence.split(" ")[0] ?? "";
}

/** All orders of arrival give the same answer; the right one. */
function expectAlways(steps: readonly { step: Step; time: number }[], standing: "Connected" | "Disconnected"): void {
  const told = steps.map(({ step, time }) => ({ step, event: eventOf(step, time) }));
  for (const order of permutations(told)) {
    const arrival = order.map(({ step }) => step).join(" ");
    expect([arrival, standingOf(order.map(({ event }) => event))]).toEqual([arrival, standing]);
  }
}

describe("events of one millisecond, in whatever order they arrive:", () => {
  it.each([
    ["+A", "Connected"],
    ["+A -A", "Disconnected"],
    ["+A -A +B", "Connected"],
    ["+A -A +B -B", "Disconnected"],
    ["+A -A +B -B +C", "Connected"],
    ["+A +B ~A", "Connected"],
    ["+A +B ~A -B", "Disconnected"],
    ["+A +B ~A +C ~B", "Connected"],
    ["+A +B ~A +C ~B -C", "Disconnected"],
    ["+A +B ~A -B +C", "Connected"],
  ] as const)("%s: %s", (steps, standing) => {
    expectAlways(
      steps.split(" ").map((step) => ({ step, time: at })),
      standing,
    );
  });
});

describe("with a connection from before:", () => {
  it.each([
    ["-A", "Disconnected"],
    ["-A +B", "Connected"],
    ["-A +B -B", "Disconnected"],
    ["+B ~A", "Connected"],
    ["+B ~A -B", "Disconnected"],
  ] as const)("%s: %s", (steps, standing) => {
    const later = steps.split(" ").map((step) => ({ step, time: at }));
    expectAlways([{ step: "+A", time: at - 5000 }, ...later], standing);
  });
});

describe("events of different times", () => {
  it.each([
    ["+A -A +B", "Connected"],
    ["+A +B ~A", "Connected"],
    ["+A +B ~A -B", "Disconnected"],
    ["+A -A +B -B", "Disconnected"],
  ] as const)("arrive in any order: %s: %s", (steps, standing) => {
    const told = steps.split(" ").map((step, index) => ({ step, time: at + 10 * index }));
    expectAlways(told, standing);
  });

  it("of several client ids do not disturb each other", () => {
    const other = { ...eventOf("+A", at), clientId: "other" };
    for (const order of permutations([eventOf("+A", at), eventOf("-A", at), other])) {
      const events = inOrder(order.map((event, index) => ({ ...event, id: index + 1 })));
      const own = events.filter(({ clientId }) => clientId === "c").map(({ type }) => type);
      expect(own).toEqual(["connected", "disconnected"]);
    }
  });
});

describe("a login, which is told by our clock, and its connection", () => {
  it.each([-4000, -5, 0, 5, 4000])("with a broker's clock that is off by %d ms", (off) => {
    const login = { step: "?", time: at };
    expectAlways([login, { step: "+A", time: at + off }], "Connected");
    expectAlways([login, { step: "+A", time: at + off }, { step: "-A", time: at + off + 1 }], "Disconnected");
  });

  it("a second login that leads nowhere stays the last", () => {
    const events = [eventOf("?", at), eventOf("+A", at + 10), eventOf("-A", at + 1000), eventOf("?", at + 2000)];
    expect(standingOf(events)).toBe("Let");
  });

  it("stands before the connection that follows it, not before one whose login is missing", () => {
    const steps = ["+A", "-A", "?", "+B"].map((step, index) => eventOf(step, at + 500 * index));
    const ordered = inOrder(steps.map((event, index) => ({ ...event, id: index + 1 })));
    expect(ordered.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });

  it("a login after an end belongs to the connection after it", () => {
    const steps = ["?", "+A", "-A", "?", "+B"].map((step, index) => ({ step, time: at + 1000 * index }));
    expectAlways(steps, "Connected");
  });
});

it("does not lose or double an event", () => {
  const steps = ["?", "+A", "-A", "?", "+B", "~B", "+C"];
  const events = steps.map((step, index) => ({ ...eventOf(step, at + (index % 3)), id: index + 1 }));
  expect(new Set(inOrder(events)).size).toBe(events.length);
  expect(inOrder([])).toEqual([]);
});
