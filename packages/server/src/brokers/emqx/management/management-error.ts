/** What kind of trouble it was, for whoever decides what to do next. */
export type ManagementProblem =
  | "unreachable"
  | "timeout"
  | "tls"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "rejected"
  | "server_error"
  | "unreadable_answer"
  | "not_emqx";

/** A call of EMQX's API that failed. Its message names the call, EMQX's own words, and what to do; never a secret. */
export class ManagementError extends Error {
  override name = "ManagementError";
  readonly problem: ManagementProblem;
  /** e.g. `PUT /authentication/jwt`. */
  readonly endpoint: string;
  readonly status: number | undefined;
  /** EMQX's code, e.g. `BAD_API_KEY_OR_SECRET`. */
  readonly code: string | undefined;
  /** What to do. */
  readonly next: string | undefined;

  constructor(
    message: string,
    details: { problem: ManagementProblem; endpoint: string; status?: number; code?: string; next?: string },
  ) {
    super(message);
    this.problem = details.problem;
    this.endpoint = details.endpoint;
    this.status = details.status;
    this.code = details.code;
    this.next = details.next;
  }
}
