import { type Kysely, sql } from "kysely";

/**
 * The client ids of a device in its row too: a look-up at each first CONNECT then needs one table, not two. Kept by
 * triggers. Rows that are there already get theirs when their client ids next change: to make all of them at once would
 * hold up the start by seconds for each million.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table devices add column listed_client_ids text`.execute(db);
  for (const [name, event, row] of [
    ["list_added", "insert", "new"],
    ["list_used", "update of last_used", "new"],
    ["list_deleted", "delete", "old"],
  ] as const) {
    await sql`
      create trigger ${sql.raw(name)} after ${sql.raw(event)} on client_ids begin
        update devices set listed_client_ids =
          (select json_group_array(client_id order by last_used) from client_ids where device_id = ${sql.raw(row)}.device_id)
        where id = ${sql.raw(row)}.device_id;
      end`.execute(db);
  }
}
