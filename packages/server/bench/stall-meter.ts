import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";

export interface Stalls {
  /** How long the job took, in milliseconds. */
  tookMs: number;
  /** Longest time between two turns of the event loop, in milliseconds: nothing else was served in it. */
  longestMs: number;
  /** The same without what the garbage collector took of the turn. */
  longestWithoutGcMs: number;
  /** Turns that took longer than a millisecond, the garbage collector left out. */
  over1Ms: number;
}

interface Span {
  from: number;
  to: number;
}

/** Runs the job beside a loop that asks for the next turn in each turn, and takes the time of every turn. */
export async function measureStalls(job: () => Promise<unknown>): Promise<Stalls> {
  const pauses: Span[] = [];
  const collect = (entries: PerformanceEntry[]) => {
    for (const { startTime, duration } of entries) pauses.push({ from: startTime, to: startTime + duration });
  };
  const observer = new PerformanceObserver((list) => collect(list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  await nextTurn();

  const long: Span[] = [];
  const start = performance.now();
  let last = start;
  let running = true;
  const turn = () => {
    const now = performance.now();
    if (now - last > 0.05) long.push({ from: last, to: now });
    last = performance.now();
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await job();
  const tookMs = performance.now() - start;
  await nextTurn(); // the turn in which the job ended counts too
  running = false;
  await sleepBriefly(); // what the observer has seen is told later
  collect(observer.takeRecords());
  observer.disconnect();

  const without = long.map((span) => span.to - span.from - overlap(span, pauses));
  return {
    tookMs,
    longestMs: Math.max(0, ...long.map(({ from, to }) => to - from)),
    longestWithoutGcMs: Math.max(0, ...without),
    over1Ms: without.filter((each) => each > 1).length,
  };
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function sleepBriefly(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** Both are in the order of time and do not overlap among themselves. */
function overlap({ from, to }: Span, pauses: readonly Span[]): number {
  return pauses.reduce((sum, pause) => sum + Math.max(0, Math.min(to, pause.to) - Math.max(from, pause.from)), 0);
}
