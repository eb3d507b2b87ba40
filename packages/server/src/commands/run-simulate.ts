import { countText } from "../audit/timeline/time-text.ts";
import { createIdentities } from "../simulator/identities.ts";
import { identityNames } from "../simulator/identity-names.ts";
import { removeIdentities } from "../simulator/left-identities.ts";
import { probeBroker } from "../simulator/probe-broker.ts";
import { rogueRoles } from "../simulator/rogues.ts";
import { checkOpenFiles, fullBrokerWarning, type ServerStatus } from "../simulator/room-for-clients.ts";
import { runSimulation } from "../simulator/run-simulation.ts";
import { takeIdleSlots, takeRunSlot } from "../simulator/run-slot.ts";
import { type CallServer, createServerCalls } from "../simulator/server-calls.ts";
import { ServerReasons } from "../simulator/server-reasons.ts";
import type { SimulationPlan } from "../simulator/simulation-plan.ts";
import type { SimulationReport } from "../simulator/simulation-report.ts";
import { dataFolderPath } from "../state/data-folder-path.ts";
import { type CommandContext, type ExitCode, exitCodes } from "./command.ts";
import { onInterrupt } from "./on-interrupt.ts";
import { printJson, wrap } from "./print.ts";
import { printSimulation } from "./simulate-print.ts";
import { createSimulationProgress, type SimulationProgress } from "./simulate-progress.ts";

/** Makes the identities, simulates, removes them whatever happened, and prints the report. */
export async function runSimulate(plan: SimulationPlan, context: CommandContext): Promise<ExitCode> {
  checkOpenFiles(plan);
  const { config } = context.loadConfig();
  const folder = dataFolderPath(config.dataDir);
  const call = createServerCalls(folder);
  const status = await call<ServerStatus>("status", {});
  const warning = fullBrokerWarning(plan, status, config.brokers.embedded.maxConnections);
  if (warning !== undefined) say(context, `Warning: ${warning}`);
  const { interrupted, stop } = onInterrupt();
  let reasons: ServerReasons | undefined;
  const progress = createSimulationProgress(context, () => reasons);
  try {
    await removeLeft(call, folder, context, progress);
    const slot = takeRunSlot(folder);
    try {
      reasons = await ServerReasons.begin(call);
      const report = await simulateInSlot({ plan, context, call, slot: slot.number, reasons, progress, interrupted });
      if (report === undefined) say(context, "interrupted; the identities are removed");
      return report?.ok ? exitCodes.ok : exitCodes.refused;
    } finally {
      slot.release();
    }
  } finally {
    progress.done();
    stop();
  }
}

interface SlotParts {
  plan: SimulationPlan;
  context: CommandContext;
  call: CallServer;
  slot: number;
  reasons: ServerReasons;
  progress: SimulationProgress;
  interrupted: AbortSignal;
}

/** Prints the report; `undefined`: it was interrupted before there was any. */
async function simulateInSlot(parts: SlotParts): Promise<SimulationReport | undefined> {
  const { plan, call, slot, reasons, progress, interrupted } = parts;
  const names = identityNames(slot, plan.scheme);
  let failure: { error: unknown } | undefined;
  let report: SimulationReport | undefined;
  try {
    const identities = await createIdentities(call, names, plan.scheme);
    const deviceIds = Array.from({ length: plan.devices }, (_, index) => names.device(index + 1));
    const roles = rogueRoles(plan, identities);
    const known = new Set(deviceIds);
    const rogueIds = [...new Set(roles.map(({ identity }) => identity))].filter((id) => !known.has(id));
    const [first = "", ...rest] = deviceIds;
    await identities.add([first], interrupted);
    await probeBroker(plan, await identities.credentials(first));
    const ids = [...rest, ...rogueIds];
    await identities.add(ids, interrupted, (done) => progress.counting("making identities", done, ids.length));
    report = await runSimulation({
      plan,
      run: `sim-${slot}`,
      deviceIds,
      rogueRoles: roles,
      identities,
      reasons,
      signal: interrupted,
      onPhase: (phase) => progress.phase(phase),
    });
    progress.done();
    // Before the identities are removed: that may fail, and the report is there.
    if (parts.context.json) printJson(parts.context, report);
    else printSimulation(parts.context, report);
  } catch (error) {
    if (!interrupted.aborted) failure = { error };
  }
  progress.done();
  try {
    await removeIdentities(call, slot, (done, all) => progress.counting("removing identities", done, all));
    progress.done();
  } catch (error) {
    // What went wrong before says more; the next run finds what is left.
    say(parts.context, `the identities of this run are left (sim-${slot}): connack simulate --clean-up removes them`);
    failure ??= { error };
  }
  if (failure) throw failure.error;
  return report;
}

/** `connack simulate --clean-up`. */
export async function cleanUp(context: CommandContext): Promise<ExitCode> {
  const folder = dataFolderPath(context.loadConfig().config.dataDir);
  const call = createServerCalls(folder);
  await call("status", {});
  const progress = createSimulationProgress(context, () => undefined);
  try {
    const removed = await removeLeft(call, folder, context, progress);
    progress.done();
    if (context.json) printJson(context, { removed });
    else context.out(removed === 0 ? "nothing is left of earlier simulations\n" : `${countText(removed)} removed\n`);
    return exitCodes.ok;
  } finally {
    progress.done();
  }
}

/** Removes what runs that were killed have left; those that run are left alone. Gives back how much there was. */
async function removeLeft(
  call: CallServer,
  folder: string,
  context: CommandContext,
  progress: SimulationProgress,
): Promise<number> {
  const slots = takeIdleSlots(folder);
  let removed = 0;
  try {
    for (const { number } of slots) {
      let isTold = false;
      removed += await removeIdentities(call, number, (done, all) => {
        if (!isTold) say(context, `${countText(all)} identities of an earlier simulation are left: removing them`);
        isTold = true;
        progress.counting("removing identities", done, all);
      });
    }
  } finally {
    for (const slot of slots) slot.release();
  }
  return removed;
}

function say(context: CommandContext, news: string): void {
  if (context.json) context.err(`${JSON.stringify({ notice: news })}\n`);
  else context.err(`${wrap(`connack: ${news}`, "", context.errColumns)}\n`);
}
