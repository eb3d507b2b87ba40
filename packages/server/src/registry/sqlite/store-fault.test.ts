import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { storeFault } from "./store-fault.ts";

describe("storeFault", () => {
  it.each([
    ["SQLITE_FULL", "full"],
    ["SQLITE_IOERR_SHMSIZE", "full"],
    ["ENOSPC", "full"],
    ["SQLITE_READONLY", "read-only"],
    ["SQLITE_READONLY_CANTINIT", "read-only"],
    ["EROFS", "read-only"],
    ["SQLITE_READONLY_DBMOVED", "missing"],
    ["ENOENT", "missing"],
    ["SQLITE_BUSY", "locked"],
    ["SQLITE_BUSY_RECOVERY", "locked"],
    ["SQLITE_LOCKED", "locked"],
    ["SQLITE_CORRUPT", "corrupt"],
    ["SQLITE_CORRUPT_INDEX", "corrupt"],
    ["SQLITE_NOTADB", "corrupt"],
    ["SQLITE_ERROR", "corrupt"],
    ["SQLITE_CANTOPEN", "unavailable"],
    ["SQLITE_IOERR_WRITE", "unavailable"],
    ["SQLITE_IOERR_FSYNC", "unavailable"],
    ["SQLITE_NOMEM", "unavailable"],
    ["EACCES", "unavailable"],
    ["EIO", "unavailable"],
  ])("%s means %s", (code, state) => {
    const error = new Database.SqliteError("it was about to write: a password hash", code);
    expect(storeFault(error)).toEqual({ state, detail: expect.stringContaining(`(${code})`) });
    expect(storeFault(error)?.detail).not.toContain("password hash");
  });

  it.each([
    new Database.SqliteError("", "SQLITE_CONSTRAINT_UNIQUE"),
    new Database.SqliteError("", "SQLITE_MISUSE"),
    Object.assign(new Error(), { code: "ERR_INVALID_ARG_TYPE" }),
    new TypeError("The database connection is not open"),
    "SQLITE_FULL",
    undefined,
  ])("says nothing of the store in %s", (error) => {
    expect(storeFault(error)).toBeUndefined();
  });
});
