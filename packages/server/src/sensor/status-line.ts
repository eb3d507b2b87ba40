import { durationText } from "@connack/credentials/verify";
import type { DeviceStatus } from "@connack/device";
import { pack } from "../terminal/wrap.ts";
import type { Temperature } from "./read-temperature.ts";

export interface SampleCounts {
  acknowledged: number;
  failed: number;
}

/** One reading and how the device is doing, within 80 columns; what does not fit goes below. */
export function statusLine(
  atMs: number,
  temperature: Temperature,
  status: DeviceStatus,
  counts: SampleCounts,
  tokenEndsAt: number | undefined,
): string {
  const { queue, clock, heapBytes, refreshes } = status;
  const pieces = [
    `${temperature.celsius.toFixed(2)} °C${temperature.simulated ? " (simulated)" : ""},`,
    `${counts.acknowledged} acknowledged,`,
    ...(counts.failed > 0 ? [`${counts.failed} lost,`] : []),
    `queue ${queue.length}${queue.dropped > 0 ? ` (${queue.dropped} dropped)` : ""},`,
    ...(heapBytes === undefined ? [] : [`heap ${(heapBytes / 2 ** 20).toFixed(1)} MiB,`]),
    `${clockText(clock)},`,
    tokenText(status, atMs, tokenEndsAt) + (refreshes > 0 ? "," : ""),
    ...(refreshes > 0 ? [`${refreshes} ${refreshes === 1 ? "refresh" : "refreshes"}`] : []),
  ];
  return pack([`${timeOfDay(atMs)} `, `${status.state}:`, ...pieces], "").replace(/\n/g, `\n${" ".repeat(10)}`);
}

/** `23:59:59`, UTC. */
export function timeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

function clockText({ isPlausible, offsetMs }: DeviceStatus["clock"]): string {
  if (!isPlausible) return "clock not set";
  if (offsetMs === undefined || Math.abs(offsetMs) < 2000) return "clock ok";
  return `clock off by ${durationText(offsetMs / 1000)}`;
}

function tokenText({ credentials }: DeviceStatus, atMs: number, endsAt: number | undefined): string {
  const { ageSeconds } = credentials;
  if (ageSeconds === undefined) return "no credential yet";
  const age = `credential ${durationText(ageSeconds)} old`;
  if (endsAt === undefined) return age;
  const left = endsAt - atMs / 1000;
  return left > 0 ? `${age}, ends in ${durationText(left)}` : `${age}, ended ${durationText(left)} ago`;
}
