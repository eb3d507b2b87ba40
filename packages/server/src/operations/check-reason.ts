import { knownReasons } from "../audit/reason-sentence.ts";
import { serviceReasonNames } from "../audit/service-reasons.ts";
import { nearestKey } from "../config/nearest-key.ts";
import { OperationError } from "./operation.ts";

/** Types of events whose reasons are in no table: a change has the name of its operation. */
const ownReasons: ReadonlySet<string> = new Set(["change", "service"]);
/** Brokers of others have reasons of their own for these: to look for one takes its type. */
const reasonsOfBrokers: ReadonlySet<string> = new Set(["connack", "disconnected"]);

const known = [...knownReasons, ...serviceReasonNames];

interface Asked {
  reason?: string | undefined;
  types?: readonly string[] | undefined;
}

/** What is wrong with a reason that no event has: it would be looked for, or waited for, in vain. */
export function reasonProblem({ reason, types = [] }: Asked): { message: string; next?: string } | undefined {
  if (reason === undefined || reason.includes(".") || known.includes(reason)) return undefined;
  if (types.some((type) => ownReasons.has(type) || reasonsOfBrokers.has(type))) return undefined;
  const message = `there is no reason ${JSON.stringify(reason)}`;
  const nearest = nearestKey(reason, known);
  return nearest === undefined ? { message } : { message, next: `did you mean ${nearest}?` };
}

/** Throws `bad_input` for such a reason. */
export function checkReason(asked: Asked): void {
  const problem = reasonProblem(asked);
  if (!problem) return;
  const { message, next = "connack reasons shows those there were, docs/audit-events.md lists all" } = problem;
  throw new OperationError("bad_input", message, next);
}
