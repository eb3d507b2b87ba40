import type { House } from "../open-house.ts";
import { OperationError } from "../operations/operation.ts";
import type { SimulationPlan } from "./simulation-plan.ts";

/** Files that the process has open beside its connections. */
const otherFiles = 100;

/** Each connection is an open file. Throws `OperationError` where the process may not have so many. */
export function checkOpenFiles({ devices, rogues }: SimulationPlan, limit = openFileLimit()): void {
  const needed = devices + rogues + otherFiles;
  if (limit >= needed) return;
  throw new OperationError(
    "too_few_files",
    `${devices + rogues} connections need ${needed} open files, and this process may have ${limit}`,
    `ulimit -n ${needed} in this shell (as root or after raising the hard limit), or fewer --devices`,
  );
}

/** Node has raised its soft limit to the hard one when it started. Without a limit, and where none is told: Infinity. */
function openFileLimit(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : Infinity;
}

export interface ServerStatus {
  listeners: House["listeners"];
  embedded?: { connected: number };
}

/** What to say before the embedded broker turns devices away because it is full; `undefined` where it has room. */
export function fullBrokerWarning(
  { url, devices, rogues }: SimulationPlan,
  { listeners, embedded }: ServerStatus,
  maxConnections: number,
): string | undefined {
  const ports = Object.values(listeners).map((listener) => new URL(listener).port);
  if (!embedded || !ports.includes(new URL(url).port)) return undefined;
  const needed = embedded.connected + devices + rogues;
  if (needed <= maxConnections) return undefined;
  return (
    `The embedded broker takes ${maxConnections} connections (brokers.embedded.maxConnections), and this is ${needed}: ` +
    "it will turn some away. Raise it in the configuration of the server, then connack config apply."
  );
}
