import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A younger one may be of a process that is at work on it. */
const abandonedAfterMs = 60_000;

/**
 * Takes away what a command left beside the file that was killed: copies that are not in their place yet, with the keys that
 * are in the file.
 */
export async function removeAbandonedCopies(path: string, nowMs: number): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  for (const each of await readdir(folder)) {
    if (!each.startsWith(`${name}.`) || !/\.[0-9a-f]{12}\.tmp$/.test(each)) continue;
    const copy = join(folder, each);
    const { mtimeMs } = await stat(copy).catch(() => ({ mtimeMs: nowMs }));
    if (nowMs - mtimeMs > abandonedAfterMs) await rm(copy, { force: true });
  }
}
