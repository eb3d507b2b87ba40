import { denyReasons } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { eventView } from "./event-view.ts";

const at = Date.UTC(2026, 10, 3, 12);
const times = { firstAt: at - 1000, lastAt: at };

describe("eventView", () => {
  it("tells times in words and what to do about a refusal", () => {
    const view = eventView({ id: 7, type: "connect", ...times, count: 3, result: "deny", reason: "token_expired" });
    expect(view).toStrictEqual({
      id: 7,
      time: "2026-11-03T12:00:00.000Z",
      type: "connect",
      count: 3,
      result: "deny",
      reason: "token_expired",
      firstAt: "2026-11-03T11:59:59.000Z",
      lastAt: "2026-11-03T12:00:00.000Z",
      reasonText: denyReasons.token_expired.sentence,
      fix: denyReasons.token_expired.fix,
    });
  });

  it("leaves out what is not known", () => {
    for (const reason of ["keepalive_timeout", "constructor"]) {
      const view = eventView({ id: 7, type: "disconnected", ...times, count: 1, reason });
      expect(Object.keys(view)).toEqual(["id", "time", "type", "count", "reason", "firstAt", "lastAt"]);
    }
  });

  it("is of any clock", () => {
    expect(eventView({ id: 7, type: "service", firstAt: 0, lastAt: 9e15, count: 1 }).time).toBe("9000000000000000");
  });
});
