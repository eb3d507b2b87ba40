import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadedConfig } from "../config/load-config.ts";
import { notRunning } from "../operations/config-apply.ts";
import { dataFolderPath } from "../state/data-folder-path.ts";
import { askServer } from "./ask-server.ts";
import { noDataFolder } from "./no-data-folder.ts";
import { whenFolderIsFree } from "./when-folder-is-free.ts";

export interface CallOptions {
  /** Told, in one line, of what went wrong beside the operation. */
  onProblem(line: string): void;
  /** How long a running server may take, in milliseconds; default 30 s. */
  answerWithinMs?: number;
}

/**
 * Runs one operation where the data is: in the running server through its socket, otherwise in this process with the
 * data folder locked. Throws `OperationError`, `UnusableFolder` and what `openHouse` throws.
 */
export async function callOperation(
  loaded: LoadedConfig,
  name: string,
  input: unknown,
  { onProblem, answerWithinMs = 30_000 }: CallOptions,
): Promise<unknown> {
  const folder = dataFolderPath(loaded.config.dataDir);
  return whenFolderIsFree(async () => {
    const answer = await askServer(folder, name, input, answerWithinMs);
    if (answer) return answer.value;
    if (name === "config.apply") throw notRunning();
    if (!existsSync(join(folder, "instance.json")) && !mayMakeFolder(name, input)) {
      throw noDataFolder(folder);
    }
    return runHere(loaded, name, input, onProblem);
  });
}

/** How long the audit may take to keep what a single command changed, in milliseconds. */
const keepWithinMs = 15_000;

/** Only what adds something makes a data folder: with a misspelt --data anything else would work on a new identity. */
function mayMakeFolder(name: string, input: unknown): boolean {
  if (name === "credential.issue") return (input as { add?: boolean }).add === true;
  return name === "device.add" || name === "key.add" || name === "service.add";
}

async function runHere(
  loaded: LoadedConfig,
  name: string,
  input: unknown,
  onProblem: CallOptions["onProblem"],
): Promise<unknown> {
  // Loaded only here: with a server running the command needs no database.
  const [{ openHouse }, { runOperation }] = await Promise.all([
    import("../open-house.ts"),
    import("../operations/operations.ts"),
  ]);
  const onError = (error: unknown) => onProblem(`unexpected error: ${String(error).split("\n", 1)[0]}`);
  // A key that is too weak to start with can still be listed, taken out, and another one put in.
  const toRepairKeys = name.startsWith("key.");
  const house = await openHouse({ loaded, onError, onProblem, toRepairKeys });
  try {
    return await runOperation(house, name, input);
  } finally {
    // To close waits no longer than a service may; what was changed is to be kept also on a busy machine.
    await Promise.race([house.audit.flush(), sleep(keepWithinMs, undefined, { ref: false })]);
    await house.close();
  }
}
