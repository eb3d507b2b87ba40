import type { CommandContext } from "./command.ts";

export interface Progress {
  /** So many are done. */
  at(done: number): Promise<void>;
  /** Takes the bar away. */
  done(): void;
}

const shownAfterMs = 2000;
const barLength = 30;

/** A bar on standard error, where that is a terminal, once the work has taken two seconds. `total` is asked for then. */
export function createProgress(
  { err, errColumns }: Pick<CommandContext, "err" | "errColumns">,
  total: () => Promise<number>,
  nowMs: () => number = () => performance.now(),
  text: (done: number, all: number) => string = (done, all) => `  ${done} of ${all}`,
): Progress {
  const begun = nowMs();
  const isTerminal = errColumns !== Infinity;
  let all: number | undefined;
  return {
    async at(done) {
      if (!isTerminal || nowMs() - begun < shownAfterMs) return;
      all ??= await total();
      const part = Math.min(1, all === 0 ? 1 : done / all);
      const bar = "#".repeat(Math.round(part * barLength)).padEnd(barLength, ".");
      err(`\r[${bar}] ${Math.round(part * 100)} %${text(done, all)}`);
    },
    done() {
      if (all !== undefined) err("\r\u001b[K");
    },
  };
}
