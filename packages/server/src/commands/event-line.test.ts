import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../audit/audit-event.ts";
import { eventView } from "../audit/event-view.ts";
import type { CommandContext } from "./command.ts";
import { createEventLine } from "./event-line.ts";

const at = Date.UTC(2026, 0, 2, 9, 12, 31);
const event = (type: AuditEvent["type"], more: Partial<AuditEvent> = {}) =>
  eventView({ id: 1, type, firstAt: at, lastAt: at, count: 1, broker: "embedded", deviceId: "sensor-1", ...more });
const refused = (more: Partial<AuditEvent> = {}) =>
  event("connect", { result: "deny", reason: "token_expired", ...more });

const lineFor = (columns: number, colour = false) => createEventLine({ columns, colour } as CommandContext);

describe("an event as a line", () => {
  it.each([
    [
      event("connect", { result: "allow", scheme: "jwt", address: "10.0.0.7" }),
      "allow    sensor-1",
      "by jwt from 10.0.0.7",
    ],
    [refused(), "deny     sensor-1", "token_expired: The token has expired."],
    [refused({ count: 1214 }), "deny     sensor-1", "×1 214 token_expired: The token has expired."],
    [refused({ unproven: true }), "deny     sensor-1?", "token_expired: The token has expired."],
    [event("connected", { clientId: "c-1", address: "10.0.0.7" }), "on       sensor-1", "as c-1 from 10.0.0.7"],
    [event("connected", { clientId: "sensor-1", address: "10.0.0.7" }), "on       sensor-1", "from 10.0.0.7"],
    [
      event("disconnected", { reason: "by_client" }),
      "off      sensor-1",
      "by_client: The device closed the connection.",
    ],
    [
      event("publish_denied", { reason: "publish_denied", topic: "a/b" }),
      "deny     sensor-1",
      "publish_denied a/b: The device may not publish to this topic.",
    ],
    [
      event("change", { reason: "device.disable", actor: "cli", detail: "active → disabled" }),
      "change   sensor-1",
      "device.disable by cli: active → disabled",
    ],
    [event("connack", { reason: "banned", broker: "emqx" }), "deny     sensor-1", /^banned: The broker has banned/],
    [event("guard", { reason: "too_slow" }), "guard    sensor-1", /^too_slow: A device did not read/],
    [
      event("service", { reason: "reloaded", detail: "nothing changed" }),
      "connack  sensor-1",
      "reloaded: nothing changed",
    ],
  ])("%#", (view, begin, end) => {
    const line = lineFor(Infinity)(view);
    expect(line).toMatch(/^2026-01-02T09:12:31Z {2}.*\n$/);
    expect(line.slice(22)).toContain(begin);
    const why = line.trimEnd().replace(/^.{22}.{7} {2}.{32} {2}.{8} {2}/, "");
    expect(why).toEqual(typeof end === "string" ? end : expect.stringMatching(end));
  });

  it("names a client id where no device is known, and neither where there is none", () => {
    const { deviceId: _, ...nameless } = refused({ clientId: "esp-7" });
    expect(lineFor(Infinity)(nameless)).toContain("  (esp-7)  ");
    const { clientId: _c, ...nobody } = nameless;
    expect(lineFor(Infinity)(nobody)).toContain("  deny     -  ");
  });

  it("fits the terminal, with the date where it changes, whatever peers call themselves", () => {
    const show = lineFor(80);
    const hostile = { deviceId: `\u001b[2J${"x".repeat(200)}`, broker: "a-long-broker-name" };
    const text = show(refused()) + show(refused(hostile)) + show({ ...refused(), lastAt: "2026-01-03T00:00:00.000Z" });
    expect(text.split("\n")).toEqual([
      "2026-01-02 (UTC)",
      "09:12:31  deny     sensor-1            token_expired: The token has expired.",
      `09:12:31  deny     \\u001b[2J${"x".repeat(200)}`,
      "          token_expired: The token has expired.",
      "2026-01-03 (UTC)",
      "00:00:00  deny     sensor-1            token_expired: The token has expired.",
      "",
    ]);
  });

  it("has names, reasons and topics in full on 80 columns, what does not fit below", () => {
    const show = lineFor(80);
    const mac = { deviceId: "02:00:00:00:00:0a", unproven: true } as const;
    const text =
      show(refused({ ...mac, reason: "token_issued_in_future" })) +
      show(event("publish_denied", { reason: "publish_denied", topic: "site/one/up" })) +
      show(event("publish_denied", { reason: "publish_denied", topic: "site/one/floor/two/room/three/up" }));
    expect(text.split("\n").slice(1)).toEqual([
      "09:12:31  deny     02:00:00:00:00:0a?  token_issued_in_future",
      "          The token was issued in the future (iat).",
      "09:12:31  deny     sensor-1            publish_denied site/one/up",
      "          The device may not publish to this topic.",
      "09:12:31  deny     sensor-1",
      "          publish_denied site/one/floor/two/room/three/up: The device may not",
      "          publish to this topic.",
      "",
    ]);
  });

  it("colours the verdict, and nothing where there is no colour", () => {
    expect(lineFor(200, true)(refused())).toContain("\u001b[31mdeny   \u001b[0m  sensor-1");
    expect(lineFor(200)(refused())).not.toContain("\u001b");
  });
});
