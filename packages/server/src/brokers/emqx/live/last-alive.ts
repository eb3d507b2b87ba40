import { statSync } from "node:fs";
import { open, utimes } from "node:fs/promises";

const everyMs = 10_000;

/** When a server last ran on this data folder: the time of a file that it touches while it runs. */
export interface LastAlive {
  /** Unix milliseconds, right to ten seconds; `undefined` for the first. */
  readonly before: number | undefined;
  /** Touches it now, and from now on; once is enough. */
  start(): void;
  stop(): void;
}

/** @param onError told when the file cannot be touched; a later start then looks back further than it has to */
export function readLastAlive(path: string, onError: (error: unknown) => void): LastAlive {
  const before = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  let timer: NodeJS.Timeout | undefined;
  const touch = () => void touchFile(path).catch(onError);
  return {
    before,
    start() {
      if (timer !== undefined) return;
      touch();
      timer = setInterval(touch, everyMs).unref();
    },
    stop: () => clearInterval(timer),
  };
}

async function touchFile(path: string): Promise<void> {
  const file = await open(path, "a", 0o600);
  await file.close();
  const now = new Date();
  await utimes(path, now, now);
}
