import { z } from "zod";
import type { House } from "../open-house.ts";
import { BackupProblem } from "../state/backup/backup-problem.ts";
import { type Snapshot, takeSnapshot } from "../state/backup/take-snapshot.ts";
import { type Operation, OperationError, operation } from "./operation.ts";

/** How long a copy waits for whoever asked for it to ask again. */
const leaseMs = 60_000;

/** The copy that is under way beside a house, one at most. */
interface Lease {
  snapshot: Snapshot;
  /** Set when it is finished, well or badly. */
  end: { leftOut: string[] } | { error: unknown } | undefined;
  timer: NodeJS.Timeout;
}

const leases = new WeakMap<House, Lease>();

/** What `backup.look` answers. */
export interface BackupProgress {
  ready: boolean;
  doneBytes: number;
  totalBytes: number;
  /** Once it is ready: what lies in the data folder and is not in the copy. */
  leftOut?: string[];
}

/**
 * Makes a consistent copy of the data folder in a folder of its own there, and answers with that folder's name: the
 * asker packs it – it never travels – and says `backup.end`. A copy nobody asks for during a minute is deleted.
 */
const begin = operation({
  name: "backup.begin",
  role: "admin",
  local: true,
  input: z.strictObject({ audit: z.boolean().default(true) }),
  change: (_input, { name }) => ({ detail: `a backup was begun, keys included (${name})` }),
  async run(house, { audit }): Promise<{ name: string }> {
    if (leases.has(house)) {
      throw new OperationError(
        "backup_running",
        "another backup is being taken",
        "wait for it; when its command was ended, it is given up after a minute",
      );
    }
    const timer = setTimeout(() => void end(house).catch(warn), leaseMs).unref();
    // Noted at once: two that are asked for together must not both begin.
    const snapshot = begun(() =>
      takeSnapshot({
        folder: house.folder.path,
        withAudit: audit,
        async whileKeysStay(task) {
          await Promise.all([house.registry.flush(), house.audit.flush()]);
          return house.keyRing.whileUnchanged(task);
        },
      }),
    );
    const lease: Lease = { snapshot, end: undefined, timer };
    leases.set(house, lease);
    snapshot.finished.then(
      (finished) => {
        lease.end = finished;
      },
      (error: unknown) => {
        lease.end = { error };
      },
    );
    return { name: snapshot.name };
  },
});

const named = z.strictObject({ name: z.string().max(100) });

const look = operation({
  name: "backup.look",
  role: "admin",
  local: true,
  input: named,
  run(house, { name }): BackupProgress {
    const { snapshot, end, timer } = find(house, name);
    timer.refresh();
    if (end !== undefined && "error" in end) throw asOperationError(end.error);
    return { ready: end !== undefined, ...snapshot.progress(), ...end };
  },
});

const finish = operation({
  name: "backup.end",
  role: "admin",
  local: true,
  input: named,
  async run(house, { name }): Promise<Record<string, never>> {
    find(house, name);
    await end(house);
    return {};
  },
});

export const backupOperations: readonly Operation[] = [begin as Operation, look as Operation, finish as Operation];

function find(house: House, name: string): Lease {
  const lease = leases.get(house);
  if (lease?.snapshot.name === name) return lease;
  throw new OperationError("no_such_backup", "this backup was given up", "run connack backup again");
}

async function end(house: House): Promise<void> {
  const lease = leases.get(house);
  if (lease === undefined) return;
  leases.delete(house);
  clearTimeout(lease.timer);
  await lease.snapshot.discard();
}

/** What is left of the copy is deleted by the next start. */
function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

function begun<Value>(begin: () => Value): Value {
  try {
    return begin();
  } catch (error) {
    throw asOperationError(error);
  }
}

function asOperationError(error: unknown): unknown {
  return error instanceof BackupProblem ? new OperationError(error.code, error.message, error.next) : error;
}
