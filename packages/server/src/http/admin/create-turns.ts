/** Runs what it is given, at most so many at once, in the order they came. */
export function createTurns(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await run();
    } finally {
      // The place goes over to the next, or is free.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
