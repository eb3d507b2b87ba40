import { describe, expect, it } from "vitest";
import type { AuditEvent } from "./audit-event.ts";
import { FoldOf } from "./fold-of.ts";
import { isPartOf } from "./is-part-of.ts";

const event = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: 1,
  type: "connect",
  firstAt: 50,
  lastAt: 50,
  count: 1,
  broker: "emqx",
  result: "deny",
  reason: "token_expired",
  deviceId: "sensor-1",
  clientId: "c-1",
  ...more,
});
const rowOf = (more: Partial<AuditEvent> = {}) => event({ firstAt: 10, lastAt: 90, count: 3, ...more });

const nameless = ({ deviceId: _, ...rest }: AuditEvent): AuditEvent => rest;

/** Two events, and whether they are of one row. */
const pairs: readonly [AuditEvent, AuditEvent, boolean][] = [
  [event(), event({ clientId: "c-2", address: "10.0.0.1", detail: "other" }), true],
  [event(), event({ reason: "no_key" }), false],
  [event(), event({ broker: "http" }), false],
  [event(), event({ deviceId: "sensor-2" }), false],
  [event(), event({ unproven: true }), false],
  [nameless(event()), nameless(event({ detail: "other" })), true],
  [nameless(event()), nameless(event({ clientId: "c-2" })), false],
  [event({ type: "publish_denied", topic: "a" }), event({ type: "publish_denied", topic: "a" }), true],
  [event({ type: "publish_denied", topic: "a" }), event({ type: "publish_denied", topic: "b" }), false],
  [event({ type: "guard", reason: "too_slow" }), event({ type: "guard", reason: "too_slow" }), true],
];

describe("isPartOf", () => {
  it.each(pairs)("%#: agrees with how the audit folds", (one, other, isSame) => {
    const { id: _i, firstAt: _f, lastAt: _l, count: _c, ...member } = one;
    const folds = [member, other].map((each) => new FoldOf(() => true).of(each, 50)?.key);
    expect(folds[0] === folds[1]).toBe(isSame);
    expect(isPartOf({ ...one, firstAt: 10, lastAt: 90, count: 3 }, other)).toBe(isSame);
  });

  it("knows the same login that was asked for twice, and the times of a row", () => {
    const login = { result: "allow" } as const;
    expect(isPartOf(rowOf(login), event(login))).toBe(true);
    expect(isPartOf(rowOf(login), event({ ...login, clientId: "c-2" }))).toBe(false);
    for (const [at, isIn] of [
      [9, false],
      [10, true],
      [90, true],
      [91, false],
    ] as const)
      expect(isPartOf(rowOf(), event({ firstAt: at, lastAt: at }))).toBe(isIn);
  });
});
