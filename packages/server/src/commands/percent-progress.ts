import { createProgress } from "./acl-who-progress.ts";
import type { CommandContext } from "./command.ts";

/** A bar for work in parts that take about as long as each other, each counted in bytes of its own. */
export interface PercentProgress {
  /** Told by part `part`, from 0 on. */
  of(part: number): (doneBytes: number, totalBytes: number) => void;
  /** Takes the bar away. */
  done(): void;
}

/** Shown as `createProgress` does, once the work has taken two seconds. */
export function createPercentProgress(
  context: Pick<CommandContext, "err" | "errColumns">,
  parts = 1,
  nowMs?: () => number,
): PercentProgress {
  const progress = createProgress(
    context,
    async () => 100,
    nowMs,
    () => "",
  );
  return {
    of: (part) => (doneBytes, totalBytes) => {
      const share = totalBytes === 0 ? 0 : Math.min(1, doneBytes / totalBytes);
      void progress.at(((part + share) / parts) * 100);
    },
    done: progress.done,
  };
}
