import type { ConnectRequest } from "../connect-request.ts";
import type { Claims } from "../credential-scheme.ts";
import type { JwtPolicy } from "./jwt-options.ts";
import { checkAudience, checkBinding, checkIssuer, checkRequiredClaims } from "./jwt-party-claims.ts";
import type { JwtRefusal } from "./jwt-refusal.ts";
import { checkExpiry, checkIssuedAt, checkLifetime, checkNotBefore } from "./jwt-time-claims.ts";

/** Checks the claims of a token whose signature is good. The first check that fails names the reason. */
export function checkClaims(
  policy: JwtPolicy,
  claims: Claims,
  request: ConnectRequest,
  now: number,
): JwtRefusal | undefined {
  return (
    checkExpiry(policy, claims, now) ??
    checkNotBefore(policy, claims, now) ??
    checkIssuedAt(policy, claims, now) ??
    checkLifetime(policy, claims) ??
    checkIssuer(policy, claims) ??
    checkAudience(policy, claims) ??
    checkRequiredClaims(policy, claims) ??
    checkBinding(policy, claims, request)
  );
}
