import { expect, it } from "vitest";
import type { NewAuditEvent } from "./audit-event.ts";
import { UnlistedSums } from "./unlisted-sums.ts";

const now = Date.UTC(2026, 10, 3);
const login: NewAuditEvent = { type: "connect", result: "allow", broker: "emqx", deviceId: "lamp" };

it("are apart by type, result, broker and reason, and hold nothing of one event", () => {
  const sums = new UnlistedSums();
  const different: NewAuditEvent[] = [
    ...[login, { ...login, broker: "embedded" }, { ...login, result: "deny" as const }],
    ...[
      { ...login, reason: "x" },
      { type: "connected" as const, broker: "emqx" },
    ],
  ];
  const found = different.map((event) => sums.of(event, now));
  expect(new Set(found.map(({ key }) => key)).size).toBe(different.length);
  expect(found[0]?.event).toEqual({ type: "connect", result: "allow", broker: "emqx" });
  expect(different.map((event) => sums.of({ ...event, deviceId: "fan" }, now + 1))).toEqual(found);
  expect(sums.of({ ...login, clientId: "c" }, now)).toBe(found[0]);
});

it("are of a second, but those of refusals go on", () => {
  const sums = new UnlistedSums();
  const keysAt = (at: number) => [login, { ...login, result: "deny" as const }].map((event) => sums.of(event, at).key);
  const [allowed, denied] = keysAt(now);
  expect(keysAt(now + 999)).toEqual([allowed, denied]);
  expect(keysAt(now + 1000)[0]).not.toBe(allowed);
  expect(keysAt(now + 1000)[1]).toBe(denied);
});

it("are few, whatever reasons are told", () => {
  const sums = new UnlistedSums();
  const of = (n: number) => sums.of({ type: "disconnected", broker: "emqx", reason: `r${n}` }, now);
  const all = new Set(Array.from({ length: 1000 }, (_, n) => of(n)));
  expect(all.size).toBe(101);
  expect(of(500).event).toEqual({ type: "disconnected", reason: "other" });
  expect(of(5).event.reason).toBe("r5");
});
