import { denyReasons } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../audit-event.ts";
import { timelineRows } from "./timeline-row.ts";

let ids = 0;
const event = (type: AuditEvent["type"], at: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: ++ids,
  type,
  firstAt: at,
  lastAt: at,
  count: 1,
  broker: "embedded",
  deviceId: "sensor-1",
  clientId: "sensor-1",
  ...more,
});
const texts = (...events: AuditEvent[]) => timelineRows(events, [], "sensor-1").map(({ kind, text }) => [kind, text]);

describe("timelineRows", () => {
  it("tells each in plain words", () => {
    const hints = [{ code: "expired_ago", text: "The token expired 3 min ago." }] as const;
    expect(
      texts(
        event("connect", 0, {
          result: "deny",
          reason: "token_expired",
          detail: "exp is 3 min ago",
          hints,
          address: "10.0.0.7",
        }),
        event("connack", 1, { reason: "banned", broker: "emqx", clientId: "other" }),
        event("publish_denied", 2, { reason: "publish_denied", topic: "a/b" }),
        event("subscribe_denied", 3, { reason: "subscribe_denied", topic: "#" }),
        event("disconnected", 4, { reason: "keep_alive_timeout" }),
        event("change", 5, { reason: "device.disable", actor: "api:grafana" }),
        event("guard", 6, { reason: "too_slow" }),
        event("service", 7, { reason: "reloaded", detail: "2 settings changed" }),
      ),
    ).toEqual([
      [
        "refused",
        `token_expired: ${denyReasons.token_expired.sentence} Exp is 3 min ago. The token expired 3 min ago. From 10.0.0.7.`,
      ],
      [
        "refused",
        "by the broker (emqx), banned: The broker has banned the client id, user name or address. As client other.",
      ],
      ["denied topic", `publish to a/b: ${denyReasons.publish_denied.sentence}`],
      ["denied topic", `subscribe to #: ${denyReasons.subscribe_denied.sentence}`],
      ["disconnected", "Nothing was heard from the device for one and a half times its keep-alive"],
      ["changed", "device.disable by api:grafana"],
      ["broker", "A device did not read what was sent to it."],
      ["connack", "2 settings changed."],
    ]);
  });

  it("a login and its connection are one line, unless they are apart", () => {
    const login = (at: number) => event("connect", at, { result: "allow", scheme: "jwt" });
    const connected = (at: number) => event("connected", at, { address: "10.0.0.7" });
    expect(texts(login(0), connected(5000))).toEqual([["connected", "to embedded, from 10.0.0.7"]]);
    expect(texts(login(0), connected(5001))).toEqual([
      ["let in", "by jwt"],
      ["connected", "to embedded, from 10.0.0.7"],
    ]);
    expect(texts(login(0), { ...connected(1), clientId: "other" })).toHaveLength(2);
  });

  it("marks what nothing proved: by a name that was only said, or by nothing but a client id", () => {
    const deny = (more: Partial<AuditEvent>) => event("connect", 0, { result: "deny", reason: "no_key", ...more });
    const proven = deny({});
    const said = deny({ unproven: true });
    const { deviceId: _, ...nameless } = deny({});
    const rows = timelineRows([proven, said, nameless], [], "sensor-1");
    expect(rows.map(({ unproven }) => unproven)).toEqual([undefined, true, true]);
  });

  it("puts gaps where they end", () => {
    const gap = { from: 10, until: 7_200_010, usualMs: 10_000 };
    const rows = timelineRows([event("connected", 5), event("connected", 7_200_010)], [gap], "sensor-1");
    expect(rows.map(({ kind, lastAt }) => [kind, lastAt])).toEqual([
      ["connected", 5],
      ["gap", 7_200_010],
      ["connected", 7_200_010],
    ]);
    expect(rows[1]?.text).toBe("nothing heard for 2 h; before, something about every 10 s");
  });
});
