import { onTestFinished } from "vitest";

/** Counts the turns of the event loop from now to the end of the test: what happens in one turn sees one number. */
export function turnCounter(): () => number {
  let turns = 0;
  let isCounting = true;
  const turn = () => {
    turns++;
    if (isCounting) setImmediate(turn);
  };
  setImmediate(turn);
  onTestFinished(() => {
    isCounting = false;
  });
  return () => turns;
}

/** How often the most frequent value is there: with turns, how much happened in one of them. */
export function mostIn(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
