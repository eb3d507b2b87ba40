import { ManagementError, type ManagementProblem } from "../brokers/emqx/management/management-error.ts";
import { OperationError } from "../operations/operation.ts";

const codes: Partial<Record<ManagementProblem, string>> = {
  unauthorized: "configuration",
  forbidden: "configuration",
  conflict: "emqx_conflict",
  rejected: "emqx_rejected",
  not_found: "emqx_rejected",
};

/** A call of EMQX's API that failed, as commands report it: what it says, what to do, and an exit code. */
export function emqxProblem(error: ManagementError, { before = "" } = {}): OperationError {
  const code = codes[error.problem] ?? "broker_unreachable";
  return new OperationError(code, `${before}${error.message}`, error.next);
}

/** The same for whatever a command ran into. */
export async function reportingEmqx<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof ManagementError ? emqxProblem(error) : error;
  }
}
