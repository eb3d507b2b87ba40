import { describe, expect, it } from "vitest";
import type { DeviceTimeline } from "../operations/device-timeline.ts";
import type { CommandContext } from "./command.ts";
import { printTimeline } from "./print-timeline.ts";

const row = (kind: DeviceTimeline["rows"][number]["kind"], lastAt: string, text: string, more: object = {}) => ({
  kind,
  firstAt: lastAt,
  lastAt,
  count: 1,
  text,
  ...more,
});

const timeline: DeviceTimeline = {
  warnings: [],
  asked: "sensor-1",
  deviceId: "sensor-1",
  status: "active",
  known: true,
  since: "2026-01-01T12:00:00.000Z",
  until: "2026-01-02T12:00:00.000Z",
  summary:
    "Refused 214 times since 09:12 UTC: the token expired 3 min before each attempt; the device's clock is about 3 min slow.",
  refusal: {
    reason: "token_expired",
    at: "2026-01-02T11:59:50.000Z",
    sentence: "The token has expired.",
    fix: "Refresh it before exp, and set the device's clock before minting.",
  },
  rows: [
    row("connected", "2026-01-01T13:00:00.000Z", "to embedded, from 10.0.0.7"),
    row("disconnected", "2026-01-01T14:00:00.000Z", "The device closed the connection"),
    row("refused", "2026-01-02T11:59:50.000Z", "token_expired: The token has expired. From 10.0.0.7.", {
      firstAt: "2026-01-02T09:12:10.000Z",
      count: 214,
    }),
    row("refused", "2026-01-02T11:59:55.000Z", "bad_signature: \u001b[2J", {
      firstAt: "2026-01-01T09:12:10.000Z",
      count: 2,
      unproven: true,
    }),
  ],
  more: false,
  next: "connack credential explain -",
};

const screen = {
  columns: 80,
  loadConfig: () => ({ config: { dataDir: "lab data" }, sources: { dataDir: "command line" } }),
};

function printed(more: Partial<DeviceTimeline> = {}, colour = false, of = timeline): string {
  const written: string[] = [];
  const context = { ...screen, out: (part: string) => written.push(part), colour } as unknown as CommandContext;
  printTimeline(context, { ...of, ...more });
  return written.join("");
}

describe("a timeline", () => {
  it("says that there was no refusal where only those were asked for", () => {
    const written: string[] = [];
    const context = {
      ...screen,
      out: (part: string) => written.push(part),
      colour: false,
    } as unknown as CommandContext;
    printTimeline(context, { ...timeline, rows: [] }, { onlyRefused: true });
    expect(written.join("")).toContain("No refusal and no denied topic in that time.");
    expect(printed({ rows: [] })).not.toContain("No refusal");
  });

  it("of a device that came in since says what to do should the refusal come again", () => {
    const { refusal: earlier, ...rest } = timeline;
    const text = printed({}, false, { ...rest, ...(earlier && { earlier }) });
    expect(text).not.toContain("Fix:");
    expect(text.replace(/\s+/g, " ")).toContain(
      "Should it be refused again (token_expired): Refresh it before exp, and set the device's clock before minting.",
    );
  });

  it("begins with what is so, and ends with what to do", () => {
    expect(printed()).toMatchInlineSnapshot(`
      "device sensor-1 (active)
      Refused 214 times since 09:12 UTC: the token expired 3 min before each attempt;
      the device's clock is about 3 min slow.

      2026-01-01 (UTC)
      13:00:00  connected     to embedded, from 10.0.0.7
      14:00:00  disconnected  The device closed the connection

      2026-01-02 (UTC)
      11:59:50  refused       214 times, 09:12:10 – 11:59:50: token_expired: The token
                              has expired. From 10.0.0.7.
      11:59:55  refused       unproven, 2 times, 2026-01-01 09:12:10 – 11:59:55:
                              bad_signature: \\u001b[2J

      Fix: Refresh it before exp, and set the device's clock before minting.
      Next: connack credential explain - --data 'lab data'
      "
    `);
  });

  it("fits 80 columns, and no peer steers the terminal", () => {
    const long = row("denied topic", "2026-01-02T11:59:55.000Z", `publish to ${"a/b ".repeat(60)}`);
    for (const line of printed({ rows: [long] }).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(printed()).not.toContain("\u001b");
    expect(printed({}, true)).toContain("\u001b[31mrefused     \u001b[0m");
  });

  it("says whom it is about, and what was left out", () => {
    const { deviceId: _, status: _s, ...nobody } = timeline;
    const written: string[] = [];
    const context = { ...screen, out: (part: string) => written.push(part) } as unknown as CommandContext;
    printTimeline(context, { ...nobody, clientId: "esp-7" });
    expect(written.join("")).toMatch(/^client esp-7 \(no device is known by it\)\n/);
    expect(printed({ clientId: "esp-7", leftOut: "rows" })).toMatch(
      /^device sensor-1 \(active, by its client id esp-7\)\n[\s\S]*Older events were left out, refusals too/,
    );
    expect(printed({ leftOut: "logins" })).toMatch(/Older logins were left out; refusals, denied topics and changes/);
  });

  it("warns before anything else", () => {
    expect(printed({ warnings: ["The audit is not being written."] })).toMatch(
      /^Warning: The audit is not being written\.\n\ndevice sensor-1/,
    );
  });
});
