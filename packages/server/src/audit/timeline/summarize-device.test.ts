import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../audit-event.ts";
import { type DeviceHistory, summarizeDevice } from "./summarize-device.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.UTC(2026, 0, 10, 12, 40);

let ids = 0;
function event(type: AuditEvent["type"], at: number, more: Partial<AuditEvent> = {}): AuditEvent {
  return { id: ++ids, type, firstAt: at, lastAt: at, count: 1, broker: "embedded", deviceId: "sensor-1", ...more };
}
const allowed = (at: number) => event("connect", at, { result: "allow", scheme: "jwt" });
const connected = (at: number, clientId = "c") => event("connected", at, { clientId });
const disconnected = (at: number, reason: string, clientId = "c") => event("disconnected", at, { reason, clientId });
const refused = (firstAt: number, lastAt: number, count: number, more: Partial<AuditEvent> = {}) =>
  event("connect", lastAt, { result: "deny", reason: "device_disabled", firstAt, count, ...more });

function summary(events: AuditEvent[], more: Partial<DeviceHistory> = {}) {
  return summarizeDevice({ events, since: now - 7 * day, nowMs: now, connectedNow: true, ...more });
}

/** Attempts of a device that makes a token of three minutes each time, by a clock that is off. */
function expiredAttempts(offset: number, lifetime: number): AuditEvent {
  const [first, last] = [now - 3.5 * hour, now - 10_000];
  const iat = last / 1000 + offset;
  return refused(first, last, 214, {
    reason: "token_expired",
    token: { firstIat: first / 1000 + offset, iat, exp: iat + lifetime },
  });
}

describe("refused", () => {
  it("with a clock that is slow, and by how much", () => {
    const { sentence, refusal } = summary([allowed(now - 5 * hour), expiredAttempts(-185, 5)]);
    expect(sentence).toBe(
      "Refused 214 times since 09:10 UTC: the token expired 3 min before each attempt; the device's clock is about 3 min slow.",
    );
    expect(refusal?.reason).toBe("token_expired");
  });

  it("with one token again and again, which says nothing of the clock", () => {
    const made = (now - day) / 1000;
    const same = expiredAttempts(0, 0);
    same.token = { firstIat: made, iat: made, exp: made + 3600 };
    expect(summary([same]).sentence).toBe(
      "Refused 214 times since 09:10 UTC: the device sends the same token again and again, which expired 23 h before the last attempt.",
    );
  });

  it.each([
    [-1, 0, "the token expired 1 s before each attempt, though the device's clock is right"],
    [-(now / 1000 - 60), 10, "the token was made in 1970, as the device's clock was never set"],
  ])("expired with a clock that is off by %d s", (offset, lifetime, end) => {
    expect(summary([expiredAttempts(offset, lifetime)]).sentence).toContain(`: ${end}.`);
  });

  it("by a clock that is hours ahead", () => {
    const early = expiredAttempts(8 * 3600, 3600);
    early.reason = "token_issued_in_future";
    expect(summary([early]).sentence).toMatch(
      /: the token says it was made 8 h after each attempt; the device's clock is about 8 h fast\.$/,
    );
    early.reason = "token_not_yet_valid";
    early.token = { ...early.token, nbf: early.token?.iat as number };
    expect(summary([early]).sentence).toMatch(/becomes valid only 8 h after each attempt; .* 8 h fast\.$/);
    early.reason = "wrong_issuer";
    expect(summary([early]).sentence).toMatch(
      /comes from another issuer \(iss\); the device's clock is about 8 h fast\.$/,
    );
  });

  it("once, and for several reasons since the last time it came in", () => {
    const once = refused(now - minute, now - minute, 1);
    expect(summary([once]).sentence).toBe("Refused once at 12:39 UTC: the device is disabled.");
    const other = refused(now - 3 * day, now - 2 * hour, 5, { reason: "token_expired" });
    expect(summary([other, once]).sentence).toBe(
      "Refused 6 times since 2026-01-07 12:40 UTC for several reasons, lastly: the device is disabled.",
    );
    const between = allowed(now - hour);
    expect(summary([other, between, once]).sentence).toBe("Refused once at 12:39 UTC: the device is disabled.");
  });

  it("after it was connected", () => {
    const events = [
      connected(now - hour),
      disconnected(now - 10 * minute, "disabled"),
      refused(now - 9 * minute, now, 54),
    ];
    expect(summary(events, { connectedNow: false }).sentence).toMatch(/^Refused 54 times since 12:31 UTC: /);
  });

  it("by somebody who said to be it", () => {
    const attack = refused(now - hour, now, 1200, { unproven: true, reason: "bad_password" });
    expect(summary([attack]).sentence).toMatch(/^Somebody who said to be it was refused 1 200 times since 11:40 UTC: /);
    const { sentence, refusal } = summary([connected(now - 2 * hour), attack]);
    expect(sentence).toBe(
      "Connected since 10:40 UTC; after that somebody who said to be it was refused 1 200 times, last at 12:40 UTC (bad_password).",
    );
    expect(refusal).toBeUndefined();
  });
});

describe("connected", () => {
  it("since when, and whether it was refused before", () => {
    expect(summary([connected(now - 2 * hour)])).toEqual({
      sentence: "Connected since 10:40 UTC, no refusals in 7 days.",
    });
    const before = refused(now - 5 * hour, now - 4 * hour, 12);
    const since = summary([before, connected(now - 2 * hour)]);
    expect([since.refusal, since.earlier]).toEqual([undefined, before]);
    expect(since.sentence).toBe(
      "Connected since 10:40 UTC; before that refused 12 times in 7 days, last at 08:40 UTC (device_disabled).",
    );
  });

  it("since before the time that was asked for", () => {
    const before = connected(now - 20 * day);
    expect(summary([], { before }).sentence).toBe("Connected since 2025-12-21 12:40 UTC, no refusals in 7 days.");
  });

  it("still, when another connection took its place", () => {
    const events = [connected(now - hour), connected(now - 2 * minute), disconnected(now - minute, "taken_over")];
    expect(summary(events).sentence).toMatch(/^Connected since 12:38 UTC,/);
  });

  it("not any more, where the broker ended without a word", () => {
    expect(summary([connected(now - hour)], { connectedNow: false }).sentence).toMatch(
      /^Not connected: its last connection began at 11:40 UTC, and its end was not recorded/,
    );
    const elsewhere = { ...connected(now - hour), broker: "emqx" };
    expect(summary([elsewhere], { connectedNow: false }).sentence).toMatch(/^Connected since 11:40 UTC/);
  });

  it("perhaps, where the broker tells nothing but logins", () => {
    const login = { ...allowed(now - hour), broker: "http" };
    expect(summary([login]).sentence).toBe(
      "Let in at 11:40 UTC; the broker (http) told nothing of it after that; no refusals in 7 days.",
    );
  });
});

it("has come in since a refusal, of its own or of a stranger, also where that connection is over", () => {
  const stranger = refused(now - 3 * hour, now - 2 * hour, 4, { unproven: true, reason: "bad_signature" });
  const came = [connected(now - hour), disconnected(now - 5 * minute, "by_client")];
  const { sentence, refusal } = summary([stranger, ...came], { connectedNow: false });
  expect(sentence).toBe(
    "Disconnected 5 min ago: the device closed the connection; before that somebody who said to be it was refused 4 times in 7 days, last at 10:40 UTC (bad_signature).",
  );
  expect(refusal).toBeUndefined();
  const later = { ...stranger, lastAt: now };
  expect(summary([...came, later], { connectedNow: false }).sentence).toMatch(
    /^Somebody who said to be it was refused 4 times .*; it came in last at 11:40 UTC\.$/,
  );
});

it("was denied a topic since it came in", () => {
  const denial = (at: number) =>
    event("publish_denied", at, { result: "deny", reason: "publish_denied", topic: "a/b", count: 3 });
  const { sentence, refusal } = summary([connected(now - hour), denial(now - minute)]);
  expect(sentence).toBe(
    "Connected since 11:40 UTC, no refusals in 7 days; it was denied topics 3 times, last to publish to a/b at 12:39 UTC.",
  );
  expect(refusal?.reason).toBe("publish_denied");
  expect(summary([denial(now - 2 * hour), connected(now - hour)])).toEqual({
    sentence: "Connected since 11:40 UTC, no refusals in 7 days.",
  });
});

it("says of an audit that is not written only what was written", () => {
  expect(summary([], { incomplete: true }).sentence).not.toMatch(/never|no attempt/i);
  expect(summary([connected(now - hour)], { incomplete: true }).sentence).toBe(
    "Connected since 11:40 UTC, no refusals written in 7 days.",
  );
});

it("disconnected: how long ago, by whom and why", () => {
  const events = [connected(now - hour), disconnected(now - 5 * minute, "by_client")];
  expect(summary(events).sentence).toBe("Disconnected 5 min ago: the device closed the connection.");
});

it("never seen, or not seen trying", () => {
  expect(summary([]).sentence).toBe("Never seen in the audit of the last 7 days.");
  const change = event("change", now - hour, { reason: "device.add", actor: "cli" });
  expect(summary([change], { since: now - 90 * minute }).sentence).toBe(
    "No attempt to connect in the last 90 minutes.",
  );
});
