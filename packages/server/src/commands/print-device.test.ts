import { denyReasons } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { type DeviceView, deviceView } from "../operations/device-view.ts";
import type { Device } from "../registry/device.ts";
import type { CommandContext } from "./command.ts";
import { deviceList } from "./device-list.ts";
import { printDevice } from "./print-device.ts";

const device: Device = {
  id: "s 1",
  kind: "device",
  status: "active",
  schemes: ["jwt"],
  minKeyGeneration: 0,
  attributes: {},
  rules: [],
  clientIds: [],
  createdAt: 1000,
  lastSeenAt: 3000,
};
const refusedAt = (at: number) => deviceView({ ...device, lastRefusal: { reason: "device_disabled", at } });

function contextFor(answer?: unknown) {
  const written: string[] = [];
  const context = {
    columns: 80,
    out: (text: string) => void written.push(text),
    call: async () => answer,
  } as unknown as CommandContext;
  return { context, text: () => written.join("") };
}

function shown(view: DeviceView): string {
  const { context, text } = contextFor();
  printDevice(context, view);
  return text();
}

async function listed(view: DeviceView): Promise<string> {
  const { context, text } = contextFor({ devices: [view] });
  await deviceList.run({ args: [], options: {} }, context);
  return text();
}

describe("the last refusal", () => {
  it("is told with its fix, the id put in, while nothing better has come", async () => {
    const text = shown(refusedAt(4000));
    expect(text).toMatch(/^last refused +1970-01-01T00:00:04.000Z {2}device_disabled$/m);
    expect(text).toContain(denyReasons.device_disabled.sentence);
    expect(text).toContain("Fix: connack device enable 's 1'");
    expect(text).toMatch(/^How it came to that: connack device timeline 's 1'$/m);
    expect(await listed(refusedAt(4000))).toContain("device_disabled");
  });

  it("is history after a good login", async () => {
    const text = shown(refusedAt(2000));
    expect(text).toMatch(/device_disabled\n? +\(before the last good login\)/);
    expect(text).not.toContain("Fix:");
    expect(text).toContain("connack device timeline 's 1'");
    expect(shown(deviceView(device))).not.toContain("timeline");
    expect(await listed(refusedAt(2000))).not.toContain("device_disabled");
  });
});

it("thirty-two client ids fit 80 columns", () => {
  const clientIds = Array.from({ length: 32 }, (_, n) => `GID_default@@@02_00_00_00_00_${n + 10}@@@${"0".repeat(36)}`);
  const lines = shown(deviceView({ ...device, clientIds })).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.filter((line) => line.includes("@@@"))).toHaveLength(32);
});

it("the next page is asked for with the same filters", async () => {
  const { context, text } = contextFor({ devices: [deviceView(device)], next: "s 1" });
  await deviceList.run({ args: [], options: { status: "active", limit: "1" } }, context);
  expect(text()).toMatch(/^connack device list --status active --limit 1 --after 's 1'$/m);
});
