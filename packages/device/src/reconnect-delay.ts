export interface ReconnectOptions {
  /** Seconds that are waited at least (default 1). */
  leastSeconds: number;
  /** Seconds that are waited at most (default 60). */
  mostSeconds: number;
}

/**
 * Seconds to wait before the next attempt: at random between the least and a ceiling that doubles with each failure
 * (exponential, full jitter). Where trying again soon is of no use, as after a refusal, it has doubled once more.
 * @param failures attempts in a row that failed, at least 1
 * @param random 0 ≤ random < 1
 */
export function reconnectIn(
  failures: number,
  slower: boolean,
  { leastSeconds, mostSeconds }: ReconnectOptions,
  random: number,
): number {
  const doublings = Math.min(failures + Number(slower), 30);
  const ceiling = Math.max(leastSeconds, Math.min(mostSeconds, leastSeconds * 2 ** doublings));
  return leastSeconds + random * (ceiling - leastSeconds);
}
