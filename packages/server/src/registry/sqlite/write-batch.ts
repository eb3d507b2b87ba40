import type { Database } from "better-sqlite3";
import { type NewDevice, RegistryError } from "../device-registry.ts";
import { type StoreFault, storeFault } from "./store-fault.ts";
import type { OperationFailure, OperationResult, StoreOperation } from "./store-operation.ts";
import type { StoreWrites } from "./store-writes.ts";

export interface WriteRequest {
  request: number;
  operation: StoreOperation;
}

export interface BatchOutcome {
  results: OperationResult[];
  /** Set when the store failed: nothing of the batch was kept. */
  fault?: StoreFault;
}

/**
 * Does all requests in one transaction, each in a savepoint of its own, and commits: a thousand waiting writes cost
 * one fsync. An operation that is refused takes only itself back.
 * @param beforeCommit a fault that forbids the commit
 */
export function writeBatch(
  db: Database,
  write: StoreWrites,
  requests: readonly WriteRequest[],
  staged: (stage: number) => NewDevice[],
  beforeCommit: () => StoreFault | undefined,
): BatchOutcome {
  try {
    db.exec("begin immediate");
    const results = requests.map((request) => inSavepoint(db, request, () => write(request.operation, staged)));
    const fault = beforeCommit();
    if (fault !== undefined) return failAll(requests, { cause: "store", fault }, fault);
    db.exec("commit");
    return { results };
  } catch (error) {
    const fault = storeFault(error);
    if (fault !== undefined) return failAll(requests, { cause: "store", fault }, fault);
    return failAll(requests, internalFailure("batch", error));
  } finally {
    if (db.inTransaction) db.exec("rollback");
  }
}

function inSavepoint(db: Database, request: WriteRequest, write: () => OperationResultValue): OperationResult {
  db.exec("savepoint operation");
  try {
    const value = write();
    db.exec("release operation");
    return { request: request.request, value };
  } catch (error) {
    if (storeFault(error) !== undefined) throw error;
    db.exec("rollback to operation; release operation");
    const failure: OperationFailure =
      error instanceof RegistryError
        ? { cause: "registry", code: error.code, message: error.message }
        : internalFailure(request.operation.kind, error);
    return { request: request.request, failure };
  }
}

type OperationResultValue = ReturnType<StoreWrites>;

function failAll(requests: readonly WriteRequest[], failure: OperationFailure, fault?: StoreFault): BatchOutcome {
  return { results: requests.map(({ request }) => ({ request, failure })), ...(fault && { fault }) };
}

/** Without the error's text, which may quote what was to be written. */
export function internalFailure(what: string, error: unknown): OperationFailure {
  const code = error instanceof Error && "code" in error ? `${error.name} ${String(error.code)}` : String(typeof error);
  return { cause: "internal", message: `the registry failed in ${what}: ${code}` };
}
