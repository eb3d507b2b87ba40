import type { Claims } from "../credential-scheme.ts";
import type { Hint } from "../decision.ts";
import { durationText } from "./duration-text.ts";

/** Times later than this (in the year 5138) are taken for milliseconds; milliseconds get here from March 1973 on. */
export const latestTime = 1e11;

const minute = 60;
const hour = 60 * minute;
const year = 365 * 24 * hour;

/**
 * What the times of a token with a good signature tell about clocks, beside the reason for its refusal. One token
 * cannot prove a wrong time zone (`createClockWatch` can, over several); here it is called a suspicion.
 */
export function clockHints(claims: Claims, nowSeconds: number): Hint[] {
  const exp = timeOf(claims, "exp");
  const nbf = timeOf(claims, "nbf");
  const iat = timeOf(claims, "iat");
  const hints: Hint[] = [];
  if ([exp, nbf, iat].some((time) => time !== undefined && time > latestTime)) {
    hints.push({
      code: "clock_milliseconds",
      text: "A time in the token looks like milliseconds; JWT counts seconds.",
    });
  }
  if (exp !== undefined && exp <= nowSeconds) {
    hints.push({ code: "expired_ago", text: `The token expired ${durationText(nowSeconds - exp)} ago.` });
  }
  if (isNeverSet(iat, exp, nowSeconds)) {
    hints.push({
      code: "clock_never_set",
      text: "The token was made in 1970: the clock of its maker was not set. Wait for network time before making a token.",
    });
  }
  if (iat !== undefined && isWholeQuarters(iat - nowSeconds) && iat > nowSeconds) {
    hints.push({
      code: "clock_time_zone",
      text: `The token was made ${durationText(iat - nowSeconds)} ahead, close to a time zone: its maker may count local time as UTC.`,
    });
  }
  return hints;
}

/** An offset of 15 minutes to 14 hours (UTC+14 is the farthest zone), within 2 minutes of whole quarter hours. */
export function isWholeQuarters(offsetSeconds: number): boolean {
  const offset = Math.abs(offsetSeconds);
  const quarters = Math.round(offset / (15 * minute));
  return quarters >= 1 && quarters <= 56 && Math.abs(offset - quarters * 15 * minute) <= 2 * minute;
}

/** A clock that starts at 1970 and has run for less than a year; a token without iat may live for another. */
export function isNeverSet(iat: number | undefined, exp: number | undefined, nowSeconds: number): boolean {
  const soon = iat === undefined ? exp !== undefined && exp < 2 * year : iat < year;
  return soon && nowSeconds > 10 * year;
}

/** The claim if it can be a time at all, also when it is refused for being no whole number or too large. */
function timeOf(claims: Claims, name: "exp" | "nbf" | "iat"): number | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
