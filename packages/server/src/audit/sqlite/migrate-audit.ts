import type { Database } from "better-sqlite3";
import { applyMigrations, type Migrations } from "../../registry/sqlite/apply-migrations.ts";

/** Every migration of the audit. Append only: see `Migrations`. */
const migrations: Migrations = {
  "0001-events": () => import("./migrations/0001-events.ts"),
};

/** The audit was written by a later version of Connack. */
export class NewerAudit extends Error {
  override name = "NewerAudit";
}

/**
 * Brings the audit to the newest schema, in one transaction: all or nothing.
 * @throws NewerAudit when it has a migration that this version does not know.
 */
export function migrateAudit(db: Database): Promise<void> {
  return applyMigrations(
    db,
    migrations,
    (unknown) =>
      new NewerAudit(
        `The audit was written by a newer version of Connack (migration ${JSON.stringify(unknown)} is not known here). Start that version, or move the audit away.`,
      ),
  );
}
