import { setTimeout as sleep } from "node:timers/promises";
import { FolderInUse } from "../state/folder-lock.ts";

/** A server that starts or stops, or a short command, has the data folder for no longer than this. */
const patienceMs = 5000;

/** Tries again while another process has the data folder. Throws `FolderInUse` when it keeps it. */
export async function whenFolderIsFree<T>(attempt: () => Promise<T>, waitMs = patienceMs): Promise<T> {
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof FolderInUse) || Date.now() >= giveUpAt) throw error;
      await sleep(100);
    }
  }
}
