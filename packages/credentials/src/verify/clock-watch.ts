import type { Hint } from "../decision.ts";
import { isNeverSet, isWholeQuarters, latestTime } from "./clock-hints.ts";
import { durationText } from "./duration-text.ts";

export interface ClockWatchOptions {
  /** Identities remembered, the latest seen; default 10 000. */
  size?: number;
}

/** Remembers how far the clocks of token makers are off. Holds times only, never tokens. */
export interface ClockWatch {
  /**
   * Tells what a token's `iat` says about clocks, given what was seen before. To be called once for each attempt whose
   * signature is good, allowed or refused. Times are Unix seconds; an `iat` that is no time is passed over.
   */
  observe(identity: string, iat: number, nowSeconds: number): Hint | undefined;
  /** Seconds that our own clock seems to be ahead (below 0: behind), going by what most recent identities show. */
  ownOffset(nowSeconds: number): number | undefined;
}

interface Sighting {
  iat: number;
  /** iat minus now when this iat was first seen: positive is ahead of us. Later it is the token's age that grows. */
  offset: number;
  seenAt: number;
  /** A later token had the same offset: the offset is the maker's clock, not the age of one token. */
  stable: boolean;
}

/** Offsets closer than this are the same; smaller ones than `notable` are the network and the token's age. */
const sameOffset = 60;
const notable = 120;

/** How many recent identities speak about our own clock, how few are too few, and for how many seconds they count. */
const panel = { size: 32, least: 8, share: 0.8, seconds: 3600 } as const;

/**
 * A `clock_time_zone` hint needs an offset of whole quarter hours that stays while `iat` moves with the attempts, a
 * `clock_offset` any other that stays. `own_clock_suspected` needs at least 8 identities, of which 4 in 5 are off by
 * the same amount. Throws TypeError when size is not a whole number above 0.
 */
export function createClockWatch(options: ClockWatchOptions = {}): ClockWatch {
  const size = options.size ?? 10_000;
  if (!(Number.isSafeInteger(size) && size > 0)) throw new TypeError("size has to be a whole number above 0");
  const sightings = new Map<string, Sighting>();
  const recent = new Map<string, Sighting>();
  return {
    observe(identity, iat, nowSeconds) {
      // A clock that was never set has a hint of its own, and milliseconds too; neither is an offset.
      const isTime = Number.isSafeInteger(iat) && iat >= 0 && iat <= latestTime && Number.isFinite(nowSeconds);
      if (!isTime || isNeverSet(iat, undefined, nowSeconds)) return undefined;
      const sighting = nextSighting(sightings.get(identity), iat, nowSeconds);
      keepLatest(sightings, identity, sighting, size);
      keepLatest(recent, identity, sighting, panel.size);
      if (Math.abs(sighting.offset) <= notable) return undefined;
      return ownClockHint(recent, sighting, nowSeconds) ?? makerHint(sighting);
    },
    ownOffset(nowSeconds) {
      const common = commonOffset(recent, nowSeconds);
      return common && -common.offset;
    },
  };
}

function nextSighting(last: Sighting | undefined, iat: number, now: number): Sighting {
  if (last === undefined) return { iat, offset: iat - now, seenAt: now, stable: false };
  // The same token again: nothing new about the clock.
  if (iat === last.iat) return { ...last, seenAt: now };
  const offset = iat - now;
  return { iat, offset, seenAt: now, stable: Math.abs(offset - last.offset) <= sameOffset };
}

function makerHint(sighting: Sighting): Hint | undefined {
  if (!sighting.stable) return undefined;
  const where = `${durationText(sighting.offset)} ${sighting.offset > 0 ? "ahead of" : "behind"} ours`;
  if (isWholeQuarters(sighting.offset)) {
    const text = `The clock of the token's maker stays ${where}, a time zone's distance: it counts local time as UTC.`;
    return { code: "clock_time_zone", text };
  }
  return { code: "clock_offset", text: `The clock of the token's maker stays ${where}: let it use network time.` };
}

/** The offset that most of the recent identities show, where there is one: then the one clock they share is ours. */
function commonOffset(recent: ReadonlyMap<string, Sighting>, now: number) {
  const offsets: number[] = [];
  for (const { offset, seenAt, stable } of recent.values()) {
    // A single old token may just be old: it says nothing until another one came.
    const speaks = offset >= -notable || stable;
    if (speaks && Math.abs(now - seenAt) <= panel.seconds) offsets.push(offset);
  }
  if (offsets.length < panel.least) return undefined;
  offsets.sort((a, b) => a - b);
  const median = offsets[Math.floor(offsets.length / 2)] as number;
  const agreeing = offsets.filter((offset) => Math.abs(offset - median) <= sameOffset).length;
  if (Math.abs(median) <= notable || agreeing < panel.share * offsets.length) return undefined;
  return { offset: median, agreeing, of: offsets.length };
}

/** Whether this sighting shows it too. */
function ownClockHint(recent: ReadonlyMap<string, Sighting>, sighting: Sighting, now: number): Hint | undefined {
  const common = commonOffset(recent, now);
  if (common === undefined || Math.abs(sighting.offset - common.offset) > sameOffset) return undefined;
  const where = `${durationText(common.offset)} ${common.offset > 0 ? "behind" : "ahead of"}`;
  const text = `Our own clock seems to be ${where} that of ${common.agreeing} of ${common.of} token makers: check this machine's time.`;
  return { code: "own_clock_suspected", text };
}

/** Puts the entry last and drops the first ones beyond `size`. */
function keepLatest(map: Map<string, Sighting>, identity: string, sighting: Sighting, size: number): void {
  map.delete(identity);
  map.set(identity, sighting);
  if (map.size > size) map.delete(map.keys().next().value as string);
}
