import type { DenyReason } from "../deny-reason.ts";

/** Why a token is refused: the stable code, and one clause for the operator without any secret in it. */
export interface JwtRefusal {
  reason: DenyReason;
  detail: string;
}
