import { type Kysely, sql } from "kysely";

/** Devices, the client ids bound to them, how many there are of each status, and a row to probe writability with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table devices (
      id text not null primary key,
      status text not null check (status in ('active', 'pending', 'disabled', 'revoked', 'removed')),
      schemes text not null,
      min_key_generation integer not null,
      device_group text,
      attributes text not null,
      password_hash text,
      created_at integer not null,
      first_seen_at integer,
      last_seen_at integer,
      last_address text,
      last_refusal text,
      last_refusal_at integer
    ) strict`.execute(db);
  await sql`create index devices_by_status on devices (status, id)`.execute(db);
  await sql`create index devices_by_group on devices (device_group, id) where device_group is not null`.execute(db);

  await sql`
    create table client_ids (
      client_id text not null primary key,
      device_id text not null references devices (id) on delete cascade,
      last_used integer not null
    ) strict, without rowid`.execute(db);
  await sql`create index client_ids_by_device on client_ids (device_id, last_used)`.execute(db);

  // counted by triggers: counting ten million rows at each scrape would hold up the writer
  await sql`create table status_counts (status text not null primary key, devices integer not null) strict`.execute(db);
  await sql`
    insert into status_counts (status, devices)
    values ('active', 0), ('pending', 0), ('disabled', 0), ('revoked', 0), ('removed', 0)`.execute(db);
  await sql`
    create trigger count_added after insert on devices begin
      update status_counts set devices = devices + 1 where status = new.status;
    end`.execute(db);
  await sql`
    create trigger count_changed after update of status on devices when old.status <> new.status begin
      update status_counts set devices = devices - 1 where status = old.status;
      update status_counts set devices = devices + 1 where status = new.status;
    end`.execute(db);
  await sql`
    create trigger count_deleted after delete on devices begin
      update status_counts set devices = devices - 1 where status = old.status;
    end`.execute(db);

  await sql`create table heartbeat (id integer not null primary key, filler blob not null) strict`.execute(db);
}
