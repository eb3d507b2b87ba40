import { type Kysely, sql } from "kysely";

/** Rights of devices and of groups; services beside the devices, which are not counted with them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table devices add column kind text not null default 'device' check (kind in ('device', 'service'))`.execute(
    db,
  );
  await sql`alter table devices add column profile text`.execute(db);
  await sql`alter table devices add column rules text not null default '[]'`.execute(db);
  await sql`alter table devices add column previous_password_hash text`.execute(db);
  await sql`alter table devices add column previous_password_until integer`.execute(db);
  await sql`create index services on devices (id) where kind = 'service'`.execute(db);

  await sql`
    create table group_rights (
      device_group text not null primary key,
      profile text,
      rules text not null
    ) strict, without rowid`.execute(db);

  await sql`drop trigger count_added`.execute(db);
  await sql`drop trigger count_changed`.execute(db);
  await sql`drop trigger count_deleted`.execute(db);
  await sql`
    create trigger count_added after insert on devices when new.kind = 'device' begin
      update status_counts set devices = devices + 1 where status = new.status;
    end`.execute(db);
  // a tombstone may become a service and a service a tombstone that becomes a device
  await sql`
    create trigger count_changed after update of status, kind on devices
    when old.status <> new.status or old.kind <> new.kind begin
      update status_counts set devices = devices - 1 where status = old.status and old.kind = 'device';
      update status_counts set devices = devices + 1 where status = new.status and new.kind = 'device';
    end`.execute(db);
  await sql`
    create trigger count_deleted after delete on devices when old.kind = 'device' begin
      update status_counts set devices = devices - 1 where status = old.status;
    end`.execute(db);
}
