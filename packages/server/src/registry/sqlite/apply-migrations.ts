import type { Database } from "better-sqlite3";
import type { Migration } from "kysely";

/**
 * Every migration of a database by name, in order. Append only: a released one is never changed, renamed or taken out.
 * Loaded (and kysely with them) only when the database lacks one.
 */
export type Migrations = Record<string, () => Promise<Migration>>;

/**
 * Brings the database to the newest schema, in one transaction: all or nothing.
 * @param newer what to throw when it has a migration that is not known here
 */
export async function applyMigrations(
  db: Database,
  migrations: Migrations,
  newer: (unknown: string) => Error,
): Promise<void> {
  const applied = knownMigrations(db, migrations, newer);
  if (applied.length === Object.keys(migrations).length) return;
  const { Kysely, Migrator, SqliteDialect } = await import("kysely");
  const migrator = new Migrator({
    db: new Kysely<unknown>({ dialect: new SqliteDialect({ database: db }) }),
    provider: { getMigrations: () => load(migrations) },
  });
  db.exec("begin immediate"); // kysely itself does not wrap SQLite migrations
  try {
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    db.exec("commit");
  } finally {
    if (db.inTransaction) db.exec("rollback");
  }
}

/** Names of the migrations that a database has. Throws `newer` when one of them is not known here. */
export function knownMigrations(db: Database, migrations: Migrations, newer: (unknown: string) => Error): string[] {
  const applied = appliedMigrations(db);
  const unknown = applied.find((name) => !Object.hasOwn(migrations, name));
  if (unknown !== undefined) throw newer(unknown);
  return applied;
}

function appliedMigrations(db: Database): string[] {
  const table = db.prepare("select 1 from sqlite_schema where type = 'table' and name = 'kysely_migration'").get();
  if (table === undefined) return [];
  return db.prepare("select name from kysely_migration order by name").pluck().all() as string[];
}

async function load(migrations: Migrations): Promise<Record<string, Migration>> {
  const loaded: Record<string, Migration> = {};
  for (const [name, each] of Object.entries(migrations)) loaded[name] = await each();
  return loaded;
}
