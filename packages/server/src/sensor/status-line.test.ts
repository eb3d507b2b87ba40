import type { DeviceStatus } from "@connack/device";
import { describe, expect, it } from "vitest";
import { sensorTopics, statusMessage, temperatureMessage } from "./sensor-messages.ts";
import { statusLine } from "./status-line.ts";

const atMs = Date.UTC(2026, 5, 1, 12, 30, 5);
const real = { celsius: 41.25, source: "thermal_zone0 (cpu)", simulated: false };
const simulated = { celsius: 21, source: "simulated", simulated: true };
const status = {
  state: "connected",
  attempts: 1,
  connects: 1,
  refreshes: 0,
  failures: 0,
  credentials: { provider: "x", ageSeconds: 245 },
  clock: { isPlausible: true, nowSeconds: atMs / 1000 },
  queue: { length: 0, bytes: 0, underWay: 0, dropped: 0 },
  subscriptions: [],
  heapBytes: 18.25 * 2 ** 20,
} as unknown as DeviceStatus;
const line = (more: Partial<DeviceStatus> = {}, temperature = real, endsAt: number | undefined = atMs / 1000 + 3300) =>
  statusLine(atMs, temperature, { ...status, ...more }, { acknowledged: 12, failed: 0 }, endsAt);

describe("statusLine", () => {
  it("tells state, reading, queue, heap, clock and credential", () => {
    expect(line()).toMatchInlineSnapshot(`
      "12:30:05  connected: 41.25 °C, 12 acknowledged, queue 0, heap 18.3 MiB,
                clock ok, credential 4 min 5 s old, ends in 55 min"
    `);
  });

  it("says of every value that is made up that it is", () => {
    expect(line({}, simulated)).toContain("21.00 °C (simulated)");
  });

  it("refreshes, what was dropped, a clock that is off or not set, a credential that has ended", () => {
    const queue = { length: 1000, bytes: 1, underWay: 0, dropped: 7 };
    expect(line({ queue, refreshes: 2 }).replace(/\s+/g, " ")).toMatch(/queue 1000 \(7 dropped\),.*, 2 refreshes$/);
    expect(line({ clock: { isPlausible: true, nowSeconds: 0, offsetMs: -3_600_000 } })).toContain("clock off by 1 h");
    expect(line({ clock: { isPlausible: false, nowSeconds: 0 } })).toContain("clock not set");
    expect(line({}, real, atMs / 1000 - 60)).toContain("ended 1 min ago");
    expect(line({ credentials: { provider: "x" } })).toContain("no credential yet");
  });

  it("stays within 80 columns", () => {
    const queue = { length: 1000, bytes: 1_048_576, underWay: 20, dropped: 123_456 };
    const long = statusLine(
      atMs,
      simulated,
      { ...status, queue, refreshes: 1234, state: "waiting to try again" },
      { acknowledged: 1_234_567, failed: 76_543 },
      atMs / 1000 + 86_399,
    );
    expect(Math.max(...long.split("\n").map((each) => each.length))).toBeLessThanOrEqual(80);
  });
});

describe("messages", () => {
  it("have the guide's members and topics", () => {
    expect(sensorTopics("devices/s1")).toEqual({
      status: "devices/s1/status",
      temperature: "devices/s1/sensors/temperature",
    });
    expect(JSON.parse(temperatureMessage("s1", real, 1000))).toEqual({
      device_id: "s1",
      temperature: 41.25,
      unit: "celsius",
      timestamp: 1000,
      sensor: "thermal_zone0 (cpu)",
    });
    expect(JSON.parse(temperatureMessage("s1", simulated, 1000))).toMatchObject({ simulated: true });
    expect(JSON.parse(statusMessage("s1", "online", 5))).toEqual({ device_id: "s1", status: "online", timestamp: 5 });
    expect(JSON.parse(statusMessage("s1", "offline"))).toEqual({ device_id: "s1", status: "offline" });
  });
});
