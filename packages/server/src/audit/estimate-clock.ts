import type { AuditEvent } from "./audit-event.ts";

/** What the tokens of a device's attempts tell of the clock they were made by. Seconds. */
export type ClockEstimate =
  /** `iat` moves with the attempts: the maker's clock minus ours; below zero it is slow. */
  | { kind: "offset"; seconds: number; attempts: number }
  /** `iat` stands still over several attempts: one token is sent again and again, and tells nothing of the clock. */
  | { kind: "same token"; madeAt: number; attempts: number }
  /** The token was made in 1970, at the start of a clock that nobody set. */
  | { kind: "never set" }
  /** One attempt, no times, or tokens of several ages: an old token and a slow clock look the same. */
  | { kind: "unknown" };

/** What is looked at of an event: a row of the audit, perhaps many attempts, of which the first and the last are known. */
export type Attempts = Pick<AuditEvent, "firstAt" | "lastAt" | "count" | "token">;

/** Offsets closer than this come from one clock: the rest is the network, and the time between making and sending. */
const sameOffset = 60;

/** Attempts further apart than this cannot share a token that was made afresh. */
const farApart = 2;

/** Later than this (in the year 5138) a claim counts milliseconds. */
const latestTime = 1e11;
const year = 365 * 86_400;

interface Sample {
  /** Unix seconds by our clock. */
  at: number;
  iat: number;
}

/**
 * How far off the clock of a device is, from the `iat` of its tokens and the times of its attempts. A token cannot be
 * made after it is sent: of tokens of one clock the youngest shows it best, and it takes two different ones of the same
 * offset to tell a clock from a token that is merely old.
 */
export function estimateClock(rows: readonly Attempts[]): ClockEstimate {
  const samples = rows.flatMap(samplesOf).sort((one, other) => one.at - other.at);
  const last = samples.at(-1);
  if (last === undefined) return { kind: "unknown" };
  const attempts = rows.reduce((sum, { count, token }) => sum + (token === undefined ? 0 : count), 0);
  if (last.iat < year && last.at > 10 * year) return { kind: "never set" };
  const tokens = new Set(samples.map(({ iat }) => iat));
  const [first] = samples as [Sample, ...Sample[]];
  if (tokens.size === 1) {
    const again = attempts > 1 && last.at - first.at > farApart;
    return again ? { kind: "same token", madeAt: last.iat, attempts } : { kind: "unknown" };
  }
  const youngest = Math.max(...samples.map(({ at, iat }) => iat - at));
  const agreeing = new Set(samples.filter(({ at, iat }) => youngest - (iat - at) <= sameOffset).map(({ iat }) => iat));
  return agreeing.size > 1 ? { kind: "offset", seconds: Math.round(youngest), attempts } : { kind: "unknown" };
}

function samplesOf({ firstAt, lastAt, token }: Attempts): Sample[] {
  const iat = token?.iat ?? token?.nbf;
  const samples: Sample[] = [];
  if (token?.firstIat !== undefined) samples.push({ at: firstAt / 1000, iat: token.firstIat });
  if (iat !== undefined) samples.push({ at: lastAt / 1000, iat });
  return samples.filter((sample) => Number.isFinite(sample.iat) && sample.iat >= 0 && sample.iat <= latestTime);
}
