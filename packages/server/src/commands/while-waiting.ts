import type { CommandContext } from "./command.ts";

const shownAfterMs = 2000;

/** Runs something that may take long; after two seconds a terminal says what is waited for, until it is over. */
export async function whileWaiting<Result>(
  { err, errColumns }: Pick<CommandContext, "err" | "errColumns">,
  what: string,
  run: () => Promise<Result>,
  afterMs = shownAfterMs,
): Promise<Result> {
  let isShown = false;
  const timer = setTimeout(() => {
    if (errColumns === Infinity) return;
    isShown = true;
    err(`\rWaiting for ${what} …`);
  }, afterMs);
  try {
    return await run();
  } finally {
    clearTimeout(timer);
    if (isShown) err("\r\u001b[K");
  }
}
