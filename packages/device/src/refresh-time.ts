export interface RefreshOptions {
  /** Seconds after which credentials that expire are renewed at the latest (default 1800). */
  everySeconds: number;
  /** Seconds before their expiry at which they are renewed at the latest (default 60). */
  marginSeconds: number;
}

/**
 * In how many seconds to connect with new credentials: min(every, expiresAt − now − margin), less up to a tenth at random,
 * so that devices which started together do not come back together. Credentials that last shorter than twice the margin
 * are renewed at half their life; those that do not expire, never.
 * @param expiresAt Unix seconds
 * @param random 0 ≤ random < 1
 */
export function refreshIn(
  expiresAt: number | undefined,
  nowSeconds: number,
  { everySeconds, marginSeconds }: RefreshOptions,
  random: number,
): number {
  if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
  const left = Math.max(0, expiresAt - nowSeconds);
  const margin = Math.min(marginSeconds, left / 2);
  return Math.min(everySeconds, left - margin) * (1 - random / 10);
}
