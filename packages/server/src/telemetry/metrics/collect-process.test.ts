import { closeSync, openSync } from "node:fs";
import { expect, it } from "vitest";
import { readExposition } from "../testing/read-exposition.ts";
import { collectProcess } from "./collect-process.ts";
import { Exposition } from "./exposition.ts";

async function collect(): Promise<Map<string, number>> {
  const out = new Exposition();
  await collectProcess(out);
  return readExposition((await out.render()).body);
}

it.runIf(process.platform === "linux")("counts open descriptors, and what may be open", async () => {
  const before = (await collect()).get("process_open_fds") ?? 0;
  const opened = Array.from({ length: 20 }, () => openSync("/dev/null", "r"));
  const lines = await collect();
  for (const descriptor of opened) closeSync(descriptor);
  // The test runner may open and close some meanwhile.
  expect(Math.abs((lines.get("process_open_fds") ?? 0) - before - 20)).toBeLessThan(10);
  expect(lines.get("process_max_fds")).toBeGreaterThan(before);
});

it("tells of CPU, memory and the event loop what Node.js does", async () => {
  const lines = await collect();
  const value = (name: string) => lines.get(name) ?? Number.NaN;
  const { user } = process.cpuUsage();
  expect(value("process_cpu_user_seconds_total")).toBeLessThanOrEqual(user / 1e6);
  expect(value("process_cpu_user_seconds_total")).toBeGreaterThan(user / 2e6);
  expect(value("process_start_time_seconds")).toBeCloseTo(performance.timeOrigin / 1000, 3);
  expect(value("nodejs_heap_size_used_bytes")).toBeLessThan(value("nodejs_heap_size_total_bytes"));
  expect(value("nodejs_heap_size_total_bytes")).toBeLessThan(value("process_resident_memory_bytes"));
  expect(value("connack_event_loop_active_seconds_total")).toBeGreaterThan(0);
  expect(value("connack_event_loop_idle_seconds_total")).toBeGreaterThanOrEqual(0);
});
