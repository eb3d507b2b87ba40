export interface ReconnectOptions {
  /** Seconds that are waited at least (default 1). */
  leastSeconds: number;
  /** Seconds that are waited at most (default 60). */
  mostSeconds: number;
}

/**
 * Seconds to wait before the next attempt: at random between the least and a ceiling that doubles with each failure
 * (exponential, full jitter). A refusal doubles it once more: a broker that refuses is not in need of us.
 * @param failures attempts in a row that failed, at least 1
 * @param random 0 ≤ random < 1
 */
export function reconnectIn(
  failures: number,
  wasRefused: boolean,
  { leastSeconds, mostSeconds }: ReconnectOptions,
  random: number,
): number {
  const doublings = Math.min(failures + Number(wasRefused), 30);
  const ceiling = Math.min(mostSeconds, leastSeconds * 2 ** doublings);
  return leastSeconds + random * (ceiling - leastSeconds);
}
