import type { Claims } from "../credential-scheme.ts";
import { latestTime } from "./clock-hints.ts";
import { durationText } from "./duration-text.ts";
import type { JwtPolicy } from "./jwt-options.ts";
import { quote } from "./jwt-quote.ts";
import type { JwtRefusal } from "./jwt-refusal.ts";

/** `exp` (RFC 7519 §4.1.4): the token holds until now reaches it, leeway added. */
export function checkExpiry(policy: JwtPolicy, claims: Claims, now: number): JwtRefusal | undefined {
  const exp = readTime(claims, "exp");
  if (exp === undefined) {
    return policy.requireExpiry ? { reason: "expiry_missing", detail: "the token has no exp" } : undefined;
  }
  if (typeof exp === "object") return exp;
  if (now < exp + policy.leeway) return undefined;
  return { reason: "token_expired", detail: `exp is ${durationText(now - exp)} ago${leewayText(policy)}` };
}

/** `nbf` (RFC 7519 §4.1.5). */
export function checkNotBefore(policy: JwtPolicy, claims: Claims, now: number): JwtRefusal | undefined {
  const nbf = readTime(claims, "nbf");
  if (nbf === undefined) return undefined;
  if (typeof nbf === "object") return nbf;
  if (now >= nbf - policy.leeway) return undefined;
  return { reason: "token_not_yet_valid", detail: `nbf is ${durationText(nbf - now)} ahead${leewayText(policy)}` };
}

/** `iat` (RFC 7519 §4.1.6): the RFC leaves the future open; here it is a wrong clock and refused by default. */
export function checkIssuedAt(policy: JwtPolicy, claims: Claims, now: number): JwtRefusal | undefined {
  const iat = readTime(claims, "iat");
  if (iat === undefined) return undefined;
  if (typeof iat === "object") return iat;
  if (!policy.refuseFutureIat || iat <= now + policy.leeway) return undefined;
  return { reason: "token_issued_in_future", detail: `iat is ${durationText(iat - now)} ahead${leewayText(policy)}` };
}

/**
 * The time from `iat` to `exp`, where it is limited. Without `iat` it cannot be told (`missing_claim`); without `exp`
 * it has no end (`lifetime_too_long`).
 */
export function checkLifetime(policy: JwtPolicy, claims: Claims): JwtRefusal | undefined {
  if (policy.maxLifetime === undefined) return undefined;
  const iat = readTime(claims, "iat");
  const exp = readTime(claims, "exp");
  if (typeof iat !== "number") return { reason: "missing_claim", detail: "a limited lifetime needs iat" };
  if (typeof exp !== "number") return { reason: "lifetime_too_long", detail: "the token has no exp" };
  if (exp - iat <= policy.maxLifetime) return undefined;
  const detail = `the token lives ${durationText(exp - iat)}, at most ${durationText(policy.maxLifetime)} are allowed`;
  return { reason: "lifetime_too_long", detail };
}

/** A time in whole Unix seconds; `undefined` when the claim is absent, a refusal when it is anything else. */
export function readTime(claims: Claims, name: "exp" | "nbf" | "iat"): number | JwtRefusal | undefined {
  if (!Object.hasOwn(claims, name)) return undefined;
  const value = claims[name];
  if (typeof value !== "number") return badTime(`${name} is ${quote(value)}, not a number`);
  if (!Number.isSafeInteger(value) || value < 0) return badTime(`${name} is ${value}, not whole seconds since 1970`);
  if (value > latestTime) return badTime(`${name} is ${value}: milliseconds, it seems`);
  return value;
}

function badTime(detail: string): JwtRefusal {
  return { reason: "bad_time_claim", detail };
}

function leewayText(policy: JwtPolicy): string {
  return ` (leeway ${policy.leeway} s)`;
}
