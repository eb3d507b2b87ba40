import { setTimeout as sleep } from "node:timers/promises";
import { ExpirySchedule } from "./expiry-schedule.ts";
import { Fleet } from "./fleet.ts";
import type { Identities } from "./identities.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { type RogueRole, Rogues } from "./rogues.ts";
import { runStorm } from "./run-storm.ts";
import type { ServerReasons } from "./server-reasons.ts";
import { refreshMarginSeconds } from "./simulated-device.ts";
import { type SimulationPlan, stormTimesMs } from "./simulation-plan.ts";
import { type Measured, reportOf, type SimulationReport } from "./simulation-report.ts";

export interface SimulationParts {
  plan: SimulationPlan;
  run: string;
  /** Ids of the legitimate devices; they and those of the rogues are registered. */
  deviceIds: readonly string[];
  rogueRoles: readonly RogueRole[];
  identities: Identities;
  reasons: ServerReasons;
  /** Ends it early: it then reports what there is. */
  signal: AbortSignal;
  /** Told when it begins something else. */
  onPhase(phase: SimulationPhase): void;
}

/** What a simulation is about, for whoever watches it. */
export interface SimulationPhase {
  name: "connecting" | "running" | "storm" | "waiting for messages" | "stopping";
  fleet: Fleet;
  rogues: Rogues;
  /** Monotonic milliseconds: when it ends at the latest, or is to end. */
  endsAtMs: number;
}

/** How long messages may be on their way once nobody publishes any more, in milliseconds. */
const settleWithinMs = 30_000;

/** Connects the fleet, lets it work, has the storms come, and stops it. Rejects only for what keeps it from working. */
export async function runSimulation(parts: SimulationParts): Promise<SimulationReport> {
  const { plan, signal, identities, reasons } = parts;
  const memory = new MemoryWatch();
  const measured: Measured = {
    plan,
    run: parts.run,
    startedAt: new Date(),
    beganAtMs: performance.now(),
    storms: [],
    acceptedPerSecond: 0,
    peakPerSecond: 0,
    memory: { start: memory.settled() },
  };
  const schedule = new ExpirySchedule(plan, measured.startedAt.getTime());
  const fleet = new Fleet(plan, parts.deviceIds, (id) => identities.credentials(id, schedule.lifeSeconds(Date.now())));
  const rogues = new Rogues();
  const stage: Stage = {
    ...{ plan, signal, memory, measured, schedule, fleet, rogues },
    phase: (name, lastsMs) => parts.onPhase({ name, fleet, rogues, endsAtMs: performance.now() + lastsMs }),
  };
  const stop = () => Promise.all([fleet.stop(), rogues.stop()]);
  try {
    await unlessAborted(signal, async () => {
      await rogues.prepare(plan, identities, parts.rogueRoles);
      await connectAll(stage);
      await liveThrough(stage);
      await letMessagesArrive(stage);
    });
    const connectedAtEnd = fleet.connected;
    measured.memory.settled = memory.settled();
    stage.phase("stopping", 0);
    await stop();
    await reasons.look();
    const settled = memory.settled();
    const end = { isInterrupted: signal.aborted, connectedAtEnd, peakRss: memory.peak, memory: settled };
    return reportOf(measured, fleet, rogues, reasons.latest, end);
  } finally {
    // Once more where something failed: nothing of it may go on.
    await stop();
    memory.stop();
  }
}

interface Stage {
  plan: SimulationPlan;
  signal: AbortSignal;
  memory: MemoryWatch;
  measured: Measured;
  schedule: ExpirySchedule;
  fleet: Fleet;
  rogues: Rogues;
  phase(name: SimulationPhase["name"], lastsMs: number): void;
}

async function connectAll({ plan, signal, memory, measured, fleet, rogues, phase }: Stage): Promise<void> {
  const rampMs = plan.rampSeconds * 1000;
  const beganAtMs = performance.now();
  phase("connecting", rampMs);
  await Promise.all([fleet.start(rampMs, signal), rogues.start(rampMs, signal)]);
  await until(() => fleet.ready === plan.devices, plan.recoverWithinSeconds * 1000, signal);
  measured.acceptedPerSecond = fleet.connected / ((performance.now() - beganAtMs) / 1000);
  measured.memory.connected = memory.settled();
}

async function liveThrough({ plan, signal, measured, schedule, fleet, phase }: Stage): Promise<void> {
  const connectedAtMs = Math.max(measured.beganAtMs + plan.rampSeconds * 1000, performance.now());
  const endsAtMs = connectedAtMs + plan.durationSeconds * 1000;
  const times = stormTimesMs(plan);
  let expiries = 0;
  for (const [index, kind] of plan.storms.entries()) {
    phase("running", endsAtMs - performance.now());
    const tokensEnd = kind === "expiry" ? schedule.end(expiries++) : 0;
    const beginsAtMs = kind === "expiry" ? renewalsBeginAtMs(tokensEnd) : connectedAtMs + (times[index] ?? 0);
    await sleep(Math.max(0, beginsAtMs - performance.now()), undefined, { signal });
    phase("storm", plan.recoverWithinSeconds * 1000);
    measured.peakPerSecond = Math.max(measured.peakPerSecond, fleet.figures.rate.peak);
    measured.storms.push(await runStorm(fleet, plan, kind, tokensEnd, signal));
  }
  phase("running", endsAtMs - performance.now());
  await sleep(Math.max(0, endsAtMs - performance.now()), undefined, { signal });
}

async function letMessagesArrive({ plan, signal, fleet, phase }: Stage): Promise<void> {
  fleet.stopPublishing();
  phase("waiting for messages", settleWithinMs);
  await until(() => fleet.connected === plan.devices && fleet.isSettled, settleWithinMs, signal);
}

/** When the devices begin to renew tokens that end then, in monotonic milliseconds; half a second before. */
function renewalsBeginAtMs(endSeconds: number): number {
  return performance.now() + (endSeconds - refreshMarginSeconds) * 1000 - 500 - Date.now();
}

/** Looks every tenth of a second; gives up after the time. */
async function until(is: () => boolean, withinMs: number, signal: AbortSignal): Promise<void> {
  const giveUpAtMs = performance.now() + withinMs;
  while (!is() && performance.now() < giveUpAtMs) await sleep(100, undefined, { signal });
}

async function unlessAborted(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
