import type { ConnectRequest, Decision, DenyDecision } from "@connack/credentials";

export type DecideFailure = "decide_timeout" | "decide_failed";

/**
 * Asks for a decision and answers in time whatever happens: a function that throws, rejects, answers something else
 * than a decision, or does not answer within `timeoutMs` becomes a deny with `internal_error`. Never rejects.
 */
export function decideWithin(
  decide: (request: ConnectRequest) => Promise<Decision>,
  request: ConnectRequest,
  timeoutMs: number,
  onFailure: (failure: DecideFailure, error?: unknown) => void,
): Promise<Decision> {
  return new Promise((resolve) => {
    const fail = (failure: DecideFailure, detail: string, error?: unknown) => {
      clearTimeout(timer);
      onFailure(failure, error);
      resolve(denied(detail));
    };
    const timer = setTimeout(() => fail("decide_timeout", "no decision in time"), timeoutMs);
    // Inside an async function, so that a synchronous throw is a rejection too.
    (async () => await decide(request))().then(
      (decision) => {
        if (!isDecision(decision)) return fail("decide_failed", "not a decision");
        clearTimeout(timer);
        resolve(decision);
      },
      (error) => fail("decide_failed", "the decision failed", error),
    );
  });
}

function denied(detail: string): DenyDecision {
  return { result: "deny", reason: "internal_error", detail, hints: [] };
}

function isDecision(value: unknown): value is Decision {
  if (typeof value !== "object" || value === null) return false;
  const decision = value as { result?: unknown; deviceId?: unknown; acl?: unknown; expireAtSeconds?: unknown };
  if (decision.result === "deny") return true;
  const { expireAtSeconds } = decision;
  return (
    decision.result === "allow" &&
    typeof decision.deviceId === "string" &&
    decision.deviceId.length > 0 &&
    Array.isArray(decision.acl) &&
    (expireAtSeconds === undefined || Number.isFinite(expireAtSeconds))
  );
}
