import type { DenyDecision, DenyReason } from "@connack/credentials";

/** A refusal with nothing proven. */
export function deny(reason: DenyReason, detail: string, more: Partial<DenyDecision> = {}): DenyDecision {
  return { hints: [], ...more, result: "deny", reason, detail };
}
