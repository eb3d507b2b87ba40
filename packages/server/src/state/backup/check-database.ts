import Database, { type Database as Connection } from "better-sqlite3";
import { deviceStatuses } from "../../registry/device.ts";
import { registryMigrations } from "../../registry/sqlite/migrate.ts";
import { applicationId } from "../../registry/sqlite/schema.ts";
import type { Manifest } from "./manifest.ts";

/**
 * Reads a database of a backup through, and answers with what `look` finds in it. Only for a file that nobody else has
 * open. Throws `DatabaseDamage`, and what `look` throws.
 */
export function checkDatabase<Found>(file: string, look: (db: Connection) => Found): Found {
  let db: Connection | undefined;
  try {
    db = new Database(file, { fileMustExist: true, timeout: 0 });
    db.pragma("trusted_schema = OFF");
    db.pragma("cell_size_check = ON");
    const found = db.pragma("quick_check(1)", { simple: true });
    if (found !== "ok") throw new DatabaseDamage("quick_check");
    return look(db);
  } catch (error) {
    throw isDamage(error) ? new DatabaseDamage((error as { code: string }).code) : error;
  } finally {
    db?.close();
  }
}

export class DatabaseDamage extends Error {
  override name = "DatabaseDamage";
}

/** A plain SQLITE_ERROR: the statements are fixed, so their tables are not there. */
export function isDamage(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^SQLITE_(?:CORRUPT|NOTADB|FORMAT|ERROR$)/.test(code);
}

/**
 * Schema and counts of a registry. Throws `DatabaseDamage` for the database of another program, `NewerRegistry` for a
 * later version's.
 */
export function describeRegistry(db: Connection): Manifest["registry"] {
  if (db.pragma("application_id", { simple: true }) !== applicationId) throw new DatabaseDamage("of another program");
  const migrations = registryMigrations(db);
  const counted = db.prepare("select status, devices from status_counts").all() as {
    status: string;
    devices: number;
  }[];
  return {
    migrations,
    devices: Object.fromEntries(
      deviceStatuses.map((status) => [status, counted.find((each) => each.status === status)?.devices ?? 0]),
    ),
    services: migrations.includes("0002-rights") ? countServices(db) : 0,
  };
}

/** Rows of each table; every one is counted, so that it takes as long as reading the smallest index of each. */
export function countRows(db: Connection): Record<string, number> {
  const tables = db.prepare<[], string>("select name from sqlite_schema where type = 'table' order by name").pluck();
  const rowsOf = (table: string) =>
    db
      .prepare<[], number>(`select count(*) from "${table.replaceAll('"', '""')}"`)
      .pluck()
      .get() ?? 0;
  return Object.fromEntries(tables.all().map((table) => [table, rowsOf(table)]));
}

function countServices(db: Connection): number {
  const query = "select count(*) from devices where kind = 'service' and status <> 'removed'";
  return db.prepare<[], number>(query).pluck().get() ?? 0;
}
