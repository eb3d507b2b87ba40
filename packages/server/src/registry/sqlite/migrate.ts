import type { Database } from "better-sqlite3";
import { applyMigrations, knownMigrations, type Migrations } from "./apply-migrations.ts";

/** Every migration of the registry. Append only: see `Migrations`. */
const migrations: Migrations = {
  "0001-devices": () => import("./migrations/0001-devices.ts"),
  "0002-rights": () => import("./migrations/0002-rights.ts"),
  "0003-listed-client-ids": () => import("./migrations/0003-listed-client-ids.ts"),
};

/** The database was written by a later version of Connack. */
export class NewerRegistry extends Error {
  override name = "NewerRegistry";
}

/**
 * Brings the database to the newest schema, in one transaction: all or nothing.
 * @throws NewerRegistry when it has a migration that this version does not know.
 */
export function migrate(db: Database): Promise<void> {
  return applyMigrations(db, migrations, newerRegistry);
}

/**
 * The migrations that a registry has, the last one naming its schema.
 * @throws NewerRegistry as `migrate` does
 */
export function registryMigrations(db: Database): string[] {
  return knownMigrations(db, migrations, newerRegistry);
}

function newerRegistry(unknown: string): NewerRegistry {
  return new NewerRegistry(
    `The registry was written by a newer version of Connack (migration ${JSON.stringify(unknown)} is not known here). Start that version, or restore a backup made with this one.`,
  );
}
