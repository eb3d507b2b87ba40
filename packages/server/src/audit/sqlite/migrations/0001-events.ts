import { type Kysely, sql } from "kysely";

/** Events, what was counted by the hour, and how far the writer has come. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table events (
      id integer not null primary key,
      type text not null,
      first_at integer not null,
      last_at integer not null,
      count integer not null,
      broker text,
      listener text,
      device_id text,
      unproven integer,
      client_id text,
      address text,
      scheme text,
      key_id text,
      result text,
      reason text,
      detail text,
      hints text,
      topic text,
      latency_us integer,
      token_iat integer,
      token_nbf integer,
      token_exp integer,
      token_first_iat integer,
      actor text,
      fold_key blob
    ) strict`.execute(db);
  // each index ends in last_at and, as every index does, the id: pages come newest first without sorting
  await sql`create index events_by_time on events (last_at)`.execute(db);
  await sql`create index events_by_device on events (device_id, last_at) where device_id is not null`.execute(db);
  await sql`create index events_by_client on events (client_id, last_at) where client_id is not null`.execute(db);
  await sql`create index events_by_reason on events (reason, last_at) where reason is not null`.execute(db);
  await sql`create index events_denied on events (last_at) where result = 'deny'`.execute(db);
  await sql`
    create index events_by_type on events (type, last_at)
    where type not in ('connect', 'connected', 'disconnected')`.execute(db);
  await sql`create unique index events_open on events (fold_key) where fold_key is not null`.execute(db);
  await sql`create index events_open_by_device on events (device_id) where fold_key is not null`.execute(db);

  await sql`
    create table hourly (
      hour integer not null,
      type text not null,
      reason text not null,
      result text not null,
      broker text not null,
      scheme text not null,
      count integer not null,
      last_at integer not null,
      primary key (hour, type, reason, result, broker, scheme)
    ) strict, without rowid`.execute(db);

  await sql`
    create table progress (
      id integer not null primary key check (id = 1),
      writer text not null,
      batch integer not null,
      last_id integer not null,
      last_now integer not null,
      rows integer not null
    ) strict`.execute(db);
  await sql`insert into progress (id, writer, batch, last_id, last_now, rows) values (1, '', 0, 0, 0, 0)`.execute(db);
  await sql`create table heartbeat (id integer not null primary key, filler blob not null) strict`.execute(db);
}
