import type { Database } from "better-sqlite3";
import type { Migration } from "kysely";

/**
 * Every migration, in order. Append only: a released one is never changed, renamed or taken out. Loaded (and kysely
 * with them) only when the database lacks one.
 */
const migrations: Record<string, () => Promise<Migration>> = {
  "0001-devices": () => import("./migrations/0001-devices.ts"),
  "0002-rights": () => import("./migrations/0002-rights.ts"),
};

/** The database was written by a later version of Connack. */
export class NewerRegistry extends Error {
  override name = "NewerRegistry";
}

/**
 * Brings the database to the newest schema, in one transaction: all or nothing.
 * @throws NewerRegistry when it has a migration that this version does not know.
 */
export async function migrate(db: Database): Promise<void> {
  const applied = appliedMigrations(db);
  const unknown = applied.find((name) => !Object.hasOwn(migrations, name));
  if (unknown !== undefined) {
    throw new NewerRegistry(
      `The registry was written by a newer version of Connack (migration ${JSON.stringify(unknown)} is not known here). Start that version, or restore a backup made with this one.`,
    );
  }
  if (applied.length === Object.keys(migrations).length) return;
  const { Kysely, Migrator, SqliteDialect } = await import("kysely");
  const migrator = new Migrator({
    db: new Kysely<unknown>({ dialect: new SqliteDialect({ database: db }) }),
    provider: { getMigrations: loadMigrations },
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

function appliedMigrations(db: Database): string[] {
  const table = db.prepare("select 1 from sqlite_schema where type = 'table' and name = 'kysely_migration'").get();
  if (table === undefined) return [];
  return db.prepare("select name from kysely_migration order by name").pluck().all() as string[];
}

async function loadMigrations(): Promise<Record<string, Migration>> {
  const loaded: Record<string, Migration> = {};
  for (const [name, load] of Object.entries(migrations)) loaded[name] = await load();
  return loaded;
}
