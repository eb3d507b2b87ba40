import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { OperationError } from "../operations/operation.ts";
import type { Fleet } from "./fleet.ts";
import type { SimulatedDevice } from "./simulated-device.ts";
import type { SimulationPlan, StormKind } from "./simulation-plan.ts";

/** A storm that has begun. */
export interface StormHit {
  devices: readonly SimulatedDevice[];
  /** Whether it has come back from this storm. */
  isBack(device: SimulatedDevice): boolean;
}

/** Begins a storm. `untilSeconds`: when the tokens end that were made for it, Unix. */
export type Storm = (fleet: Fleet, plan: SimulationPlan, untilSeconds: number) => Promise<StormHit>;

/** Tokens for an expiry storm end within so many seconds. */
export const expirySpreadSeconds = 2;
/** A token that was asked for in one second is made in a later one where the server has much to do. */
const slackSeconds = 3;
const restartWithinMs = 120_000;

export const storms: Record<StormKind, Storm> = {
  /** All connections end at once without a word, as they do when a broker is killed. */
  async restart(fleet, { restartCommand }) {
    const beganAtMs = performance.now();
    const devices = fleet.devices.filter(({ link }) => link.isOpen);
    if (restartCommand !== undefined) {
      await runCommand(restartCommand);
      // Also those that noticed nothing are there: a cluster restarts one node after the other.
      return { devices, isBack: ({ link }) => link.isOpen };
    }
    for (const { link } of devices) link.cut();
    return { devices, isBack: ({ link }) => link.isOpen && link.openedAtMs > beganAtMs };
  },

  /** Half of the connections, at random, end without a word, and their network is away for a while. */
  async network(fleet, { outageSeconds }) {
    const beganAtMs = performance.now();
    const devices = fleet.devices.filter(({ link }) => link.isOpen && Math.random() < 0.5);
    for (const { link } of devices) link.cut(outageSeconds * 1000);
    return { devices, isBack: ({ link }) => link.isOpen && link.openedAtMs > beganAtMs };
  },

  /** Nothing is done here: the tokens that were made for it end. */
  async expiry(fleet, _plan, untilSeconds) {
    const endsInStorm = ({ link }: SimulatedDevice) =>
      link.credentialExpiresAt === undefined ||
      link.credentialExpiresAt <= untilSeconds + expirySpreadSeconds + slackSeconds;
    const devices = fleet.devices.filter(endsInStorm);
    return { devices, isBack: (device) => device.link.isOpen && !endsInStorm(device) };
  },
};

async function runCommand(command: string): Promise<void> {
  try {
    await promisify(execFile)("/bin/sh", ["-c", command], { timeout: restartWithinMs });
  } catch (error) {
    const { code, killed } = error as { code?: unknown; killed?: boolean };
    const what = killed ? `did not end within ${restartWithinMs / 1000} s` : `ended with ${String(code)}`;
    throw new OperationError("restart_failed", `--restart-command ${what}: ${command}`, "try it by itself");
  }
}
