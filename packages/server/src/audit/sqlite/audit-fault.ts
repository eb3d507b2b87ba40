import { storeFault } from "../../registry/sqlite/store-fault.ts";
import type { AuditState } from "../audit-log.ts";

/** Why the audit cannot be used, as a value that crosses threads. */
export interface AuditFault {
  state: Exclude<AuditState, "ready">;
  /** One sentence for the operator: what is wrong and what to do. */
  detail: string;
  /** Code of the error, or a few words. */
  cause?: string;
  /** It passes by itself, and leaves reading alone: the file stays open. */
  passing?: true;
}

const advice: Record<AuditFault["state"], string> = {
  starting: "The audit is being opened.",
  full: "The disk of the audit is full. Free some space.",
  "read-only": "The audit file cannot be written. Give it back to the user Connack runs as, with mode 0600.",
  corrupt: "The audit file is damaged, and could not be moved aside. Move it away.",
  unavailable: "The audit cannot be used just now.",
};

export function auditFaultOf(state: AuditFault["state"], cause?: string): AuditFault {
  const detail = cause ? `${advice[state]} (${cause})` : advice[state];
  return { state, detail, ...(cause !== undefined && { cause }), ...(state === "full" && { passing: true }) };
}

/** An error that is a fault of the audit file by itself. */
export class AuditFaultError extends Error {
  override name = "AuditFaultError";
  readonly fault: AuditFault;
  constructor(fault: AuditFault) {
    super(fault.detail);
    this.fault = fault;
  }
}

/**
 * What an error of SQLite or the file system means for the audit; `undefined` when it says nothing about it. The
 * error's own text is left out: it may quote what was to be written.
 */
export function auditFault(error: unknown): AuditFault | undefined {
  if (error instanceof AuditFaultError) return error.fault;
  const state = storeFault(error)?.state;
  const code = String((error as { code?: unknown } | undefined)?.code);
  // a mistake in a statement, or tables that are gone: the keeper looks for those by itself
  if (state === undefined || code === "SQLITE_ERROR") return undefined;
  if (state === "locked")
    return { ...auditFaultOf("unavailable", `another process holds the file: ${code}`), passing: true };
  if (state === "missing") return auditFaultOf("unavailable", `the file is gone: ${code}`);
  return auditFaultOf(state, code);
}
