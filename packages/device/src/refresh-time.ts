export interface RefreshOptions {
  /** Seconds after which credentials that expire are renewed at the latest (default 1800). */
  everySeconds: number;
  /** Seconds before their expiry at which they are renewed at the latest (default 60). */
  marginSeconds: number;
}

/** Seconds from now. */
export interface RefreshTime {
  /** By a clock that nobody sets. */
  in: number;
  /** By the wall clock, the latest: it may be set meanwhile. Absent where it cannot be right. */
  latest?: number;
}

/** Who hands out credentials that last shorter than this makes the device connect all the time. */
const leastSeconds = 1;
/** Where a credential has no time left by this clock, and a broker takes it, the clock is wrong. */
const leastSecondsInDoubt = 10;

/**
 * When to connect with new credentials: in min(every, expiresAt − now − margin), less up to a tenth at random, so that
 * devices which started together do not come back together. Credentials that last shorter than twice the margin are renewed
 * at half their life; those that do not expire, never.
 * @param expiresAt Unix seconds
 * @param random 0 ≤ random < 1
 */
export function refreshTime(
  expiresAt: number | undefined,
  nowSeconds: number,
  { everySeconds, marginSeconds }: RefreshOptions,
  random: number,
): RefreshTime {
  if (expiresAt === undefined) return { in: Number.POSITIVE_INFINITY };
  const left = expiresAt - nowSeconds;
  const jitter = 1 - random / 10;
  if (left <= 0) return { in: Math.max(leastSecondsInDoubt, Math.min(everySeconds, marginSeconds)) * jitter };
  const latest = left - Math.min(marginSeconds, left / 2);
  return { in: Math.max(leastSeconds, Math.min(everySeconds, latest) * jitter), latest };
}
