import { STATUS_CODES } from "node:http";
import { type DenyReason, denyReasons } from "@connack/credentials";
import { AuditUnavailable } from "../../audit/audit-log.ts";
import { OperationError } from "../../operations/operation.ts";

/** A request that is refused or cannot be done, as RFC 9457 tells it. */
export interface Problem {
  status: number;
  /** Stable, for programs; of an operation its own. */
  code: string;
  /** One sentence. Never holds a secret. */
  detail: string;
  /** What to do about it. */
  fix?: string;
  /** Such as `allow` and `www-authenticate`. */
  headers?: Readonly<Record<string, string>>;
}

export const problemType = "application/problem+json";

/** The members of RFC 9457 §3.1; the code tells more than a `type` of our own would. */
export function problemBody({ status, code, detail, fix }: Problem): string {
  const title = STATUS_CODES[status] ?? "Error";
  return JSON.stringify({ type: "about:blank", title, status, detail, code, ...(fix !== undefined && { fix }) });
}

/** Codes of operations that are neither what their name says (`_not_found`, `_exists`, `bad_`) nor a state (409). */
const statuses: Readonly<Record<string, number>> = {
  not_allowed: 403,
  no_such_operation: 404,
  store_unavailable: 503,
  no_room: 503,
  audit_unavailable: 503,
  broker_unreachable: 503,
  internal_error: 500,
  key_refused: 422,
  key_unreadable: 422,
  no_such_generation: 422,
  profile_not_allowed: 422,
  scheme_mismatch: 422,
  scheme_not_allowed: 422,
  too_many_rules: 422,
};

function statusOf(code: string): number {
  const known = Object.hasOwn(statuses, code) ? statuses[code] : undefined;
  if (known !== undefined) return known;
  if (code.startsWith("bad_")) return 400;
  if (code.endsWith("_not_found")) return 404;
  return 409;
}

/** What an operation throws, as a problem; `undefined` for a defect of ours. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof OperationError) {
    const { code, message } = error;
    const status = statusOf(code);
    const fix = error.next ?? fixOf(code) ?? usualFixes[status];
    return { status, code, detail: message, ...(fix !== undefined && { fix }) };
  }
  if (error instanceof AuditUnavailable) {
    const fix = "decisions go on; connack status tells the state of the audit";
    return { status: 503, code: "audit_unavailable", detail: error.message, fix };
  }
  return undefined;
}

/** What to do where the operation says nothing of its own: every answer of 4xx has a `fix`. */
const usualFixes: Readonly<Record<number, string>> = {
  400: "GET /api/v1/openapi.json has the input of every route",
  403: "ask with a token of a greater role, or use the command line on the machine Connack runs on",
  404: "the list of the same kind shows what there is",
  409: "look at its state first, and at GET /api/v1/status",
  422: "give another value; GET /api/v1/openapi.json has the input of every route",
};

function fixOf(code: string): string | undefined {
  return Object.hasOwn(denyReasons, code) ? denyReasons[code as DenyReason].fix : undefined;
}

export const internalProblem: Problem = {
  status: 500,
  code: "internal_error",
  detail: "the server failed; its log has the error",
};

export const noSuchRoute: Problem = {
  status: 404,
  code: "no_such_route",
  detail: "there is no such route",
  fix: "GET /api/v1/openapi.json lists every route",
};

/** Load balancers ask for it where the brokers ask. */
export const readyElsewhere: Problem = {
  ...noSuchRoute,
  fix: "/readyz is answered where brokers ask (http.brokers, port 8003 unless configured); here are /healthz, and GET /api/v1/health for a token",
};

/** A problem that a step of a request ends it with. */
export class RequestProblem extends Error {
  override name = "RequestProblem";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}
