import type { ConnectTimes, NoCounts } from "./connect-figures.ts";
import type { Fleet } from "./fleet.ts";
import type { MemoryUse } from "./memory-watch.ts";
import type { MessageCounts } from "./message-ledger.ts";
import type { Rogues } from "./rogues.ts";
import type { StormReport } from "./run-storm.ts";
import type { ServerReason } from "./server-reasons.ts";
import type { SimulatedScheme, SimulationPlan } from "./simulation-plan.ts";
import { type RunEnd, simulationProblems } from "./simulation-problems.ts";

/** What a simulation comes to; as `--json` prints it. */
export interface SimulationReport {
  /** Every legitimate device was there at the end, and nothing was lost. */
  ok: boolean;
  /** Sentences: why it is not. */
  problems: string[];
  run: string;
  url: string;
  scheme: SimulatedScheme;
  mqtt: "3.1.1" | "5";
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  devices: { asked: number; connectedAtEnd: number };
  /** Of legitimate devices; milliseconds. */
  connects: NoCounts & {
    attempts: number;
    accepted: number;
    /** While the devices were switched on, until all were connected. */
    acceptedPerSecond: number;
    peakPerSecond: number;
    ms?: ConnectTimes;
  };
  messages: MessageCounts & { deliveryMs?: ConnectTimes };
  storms: StormReport[];
  rogues: NoCounts & { clients: number; attempts: number; accepted: number };
  /** Of the server's audit, for all clients. */
  reasons: readonly ServerReason[];
  /** Of this process, in megabytes. `connected`: before the first storm; `settled`: before the devices are stopped. */
  memory: { start: MemoryUse; connected?: MemoryUse; settled?: MemoryUse; peakRss: number; end: MemoryUse };
}

/** What is found out on the way. */
export interface Measured {
  plan: SimulationPlan;
  run: string;
  startedAt: Date;
  /** Monotonic milliseconds. */
  beganAtMs: number;
  storms: StormReport[];
  acceptedPerSecond: number;
  peakPerSecond: number;
  memory: Pick<SimulationReport["memory"], "start" | "connected" | "settled">;
}

export function reportOf(
  measured: Measured,
  fleet: Fleet,
  rogues: Rogues,
  reasons: readonly ServerReason[],
  end: RunEnd & { peakRss: number; memory: MemoryUse },
): SimulationReport {
  const { plan, storms } = measured;
  const { attempts, accepted, noCounts, times, rate } = fleet.figures;
  const { deliveryTimes } = fleet;
  const devices = { asked: plan.devices, connectedAtEnd: end.connectedAtEnd };
  const messages = { ...fleet.messages, ...(deliveryTimes && { deliveryMs: deliveryTimes }) };
  const problems = simulationProblems({ devices, messages, storms }, end, fleet.subscriptionProblems);
  return {
    ok: problems.length === 0,
    problems,
    run: measured.run,
    url: plan.url,
    scheme: plan.scheme,
    mqtt: plan.protocolVersion === 5 ? "5" : "3.1.1",
    startedAt: measured.startedAt.toISOString(),
    seconds: tenths((performance.now() - measured.beganAtMs) / 1000),
    devices,
    connects: {
      attempts,
      accepted,
      acceptedPerSecond: tenths(measured.acceptedPerSecond),
      peakPerSecond: Math.max(measured.peakPerSecond, rate.peak),
      ...(times && { ms: times }),
      ...noCounts,
    },
    messages,
    storms,
    rogues: {
      clients: rogues.size,
      attempts: rogues.figures.attempts,
      accepted: rogues.figures.accepted,
      ...rogues.figures.noCounts,
    },
    reasons,
    memory: { ...measured.memory, peakRss: end.peakRss, end: end.memory },
  };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
