import { setTimeout as sleep } from "node:timers/promises";
import { type NoCounts, noCountsSince } from "./connect-figures.ts";
import type { Fleet } from "./fleet.ts";
import type { SimulationPlan, StormKind } from "./simulation-plan.ts";
import { storms } from "./storms.ts";

export interface StormReport extends NoCounts {
  kind: StormKind;
  /** ISO 8601. */
  beganAt: string;
  /** Devices that lost their connection or had to renew their token. */
  hit: number;
  /** Seconds until the last of them was back; absent where some were not within the time they had. */
  recoveredAfterSeconds?: number;
  stillAway: number;
  /** CONNECTs of legitimate devices in the busiest second. */
  peakConnectsPerSecond: number;
}

const lookEveryMs = 50;

/** Begins a storm, and watches until every legitimate device is back or has had its time. */
export async function runStorm(
  fleet: Fleet,
  plan: SimulationPlan,
  kind: StormKind,
  untilSeconds: number,
  signal: AbortSignal,
): Promise<StormReport> {
  const { figures } = fleet;
  const beganAt = new Date();
  const beganAtMs = performance.now();
  const before = figures.noCounts;
  figures.rate.reset();
  const { devices, isBack } = await storms[kind](fleet, plan, untilSeconds);
  const away = new Set(devices);
  let lastBackAtMs = beganAtMs;
  while (away.size > 0 && performance.now() - beganAtMs < plan.recoverWithinSeconds * 1000 && !signal.aborted) {
    for (const device of away) {
      if (!isBack(device)) continue;
      away.delete(device);
      lastBackAtMs = Math.max(lastBackAtMs, device.link.openedAtMs);
    }
    if (away.size > 0) await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
  }
  return {
    kind,
    beganAt: beganAt.toISOString(),
    hit: devices.length,
    ...(away.size === 0 && { recoveredAfterSeconds: Math.round((lastBackAtMs - beganAtMs) / 100) / 10 }),
    stillAway: away.size,
    peakConnectsPerSecond: figures.rate.peak,
    ...noCountsSince(before, figures.noCounts),
  };
}
