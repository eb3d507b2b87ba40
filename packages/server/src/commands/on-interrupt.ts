/** Ctrl-C, or a polite kill, as a signal to stop. A second one ends the process as always. */
export function onInterrupt(): { interrupted: AbortSignal; stop(): void } {
  const interruption = new AbortController();
  const end = () => interruption.abort();
  for (const name of signals) process.once(name, end);
  const stop = () => {
    for (const name of signals) process.off(name, end);
  };
  return { interrupted: interruption.signal, stop };
}

const signals = ["SIGINT", "SIGTERM"] as const;
