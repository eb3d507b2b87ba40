import type { StoreState } from "../device-registry.ts";

/** Why the store cannot be used, as a value that crosses threads. */
export interface StoreFault {
  state: Exclude<StoreState, "ready">;
  /** One sentence for the operator: what is wrong and what to do. */
  detail: string;
}

const advice: Record<StoreFault["state"], string> = {
  missing: "The registry file is not there. Put it back (from a backup); it is never made anew while running.",
  locked: "Another process holds the registry file. End it: one writer at a time.",
  "read-only": "The registry file cannot be written. Give it back to the user Connack runs as, with mode 0600.",
  full: "The disk of the registry is full. Free some space.",
  corrupt: "The registry file is damaged or not a registry. Restore it from a backup, by rename.",
  unavailable: "The registry cannot be used just now.",
};

export function faultOf(state: StoreFault["state"], cause?: string): StoreFault {
  return { state, detail: cause ? `${advice[state]} (${cause})` : advice[state] };
}

/** An error that is a fault of the store by itself. */
export class StoreFaultError extends Error {
  override name = "StoreFaultError";
  readonly fault: StoreFault;
  constructor(fault: StoreFault) {
    super(fault.detail);
    this.fault = fault;
  }
}

/**
 * What an error of SQLite or the file system means for the store; `undefined` when it says nothing about the store
 * (a constraint, a mistake of ours). The error's own text is left out: it may quote what was to be written.
 */
export function storeFault(error: unknown): StoreFault | undefined {
  if (error instanceof StoreFaultError) return error.fault;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (typeof code !== "string") return undefined;
  const state = stateOfCode(code);
  return state && faultOf(state, code);
}

/** https://www.sqlite.org/rescode.html; anything else of upper case letters is an errno. */
function stateOfCode(code: string): StoreFault["state"] | undefined {
  if (code === "SQLITE_READONLY_DBMOVED" || code === "ENOENT") return "missing";
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE" || code === "ENOSPC" || code === "EDQUOT")
    return "full";
  if (/^SQLITE_READONLY|^EROFS$/.test(code)) return "read-only";
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) return "locked";
  // our statements are fixed texts: a plain SQLITE_ERROR means that their tables are not there
  if (/^SQLITE_(CORRUPT|NOTADB|FORMAT|ERROR)/.test(code)) return "corrupt";
  if (/^SQLITE_(CONSTRAINT|MISMATCH|RANGE|MISUSE|TOOBIG)/.test(code)) return undefined;
  if (/^SQLITE_/.test(code) || /^E[A-Z]+$/.test(code)) return "unavailable";
  return undefined;
}
