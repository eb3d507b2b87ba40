import { createHash } from "node:crypto";
import type { Database } from "better-sqlite3";
import type { PackedEntry } from "../packed-entry.ts";
import { prepareHourlyCounts } from "./hourly-counts.ts";

export interface AuditWrites {
  /** Writes one entry, within a transaction. `now`: Unix milliseconds. */
  write(entry: PackedEntry, now: number): void;
  /** Writes what was only counted; before the commit. */
  settle(): void;
  /** Forgets what was only counted, of a transaction that failed. */
  discard(): void;
}

/** What changes with each transaction, and is put back when one fails. */
export interface AuditTally {
  rows: number;
  lastId: number;
}

interface OpenRow {
  id: number;
  last_at: number;
  client_id: string | null;
}

const columns = `id, type, first_at, last_at, count, broker, listener, device_id, unproven, client_id, address, scheme,
  key_id, result, reason, detail, hints, topic, latency_us, token_iat, token_nbf, token_exp, token_first_iat, actor`;

/** @param tally counts along */
export function prepareAuditWrites(db: Database, tally: AuditTally): AuditWrites {
  const insert = db.prepare(`insert into events (${columns}, fold_key) values (${columns.replace(/\w+/g, "?")}, ?)`);
  const findOpen = db.prepare<[Buffer], OpenRow>("select id, last_at, client_id from events where fold_key = ?");
  const findLogin = db.prepare<[number, string | null, string | null], OpenRow>(
    // Rows that were written late may have another id than was meant, so also a refusal of the device may have this one.
    `select id, last_at, client_id from events
      where id = ? and type = 'connect' and result = 'allow' and device_id is ? and client_id is ?`,
  );
  // a row whose last time lies in the future was written before the clock was set back
  const grow = db.prepare(`
    update events set
      last_at = case when last_at > ? then max(first_at, ?) else max(last_at, ?) end, count = count + ?,
      listener = ?, address = ?, scheme = ?, key_id = ?, detail = ?, hints = ?, topic = ?, latency_us = ?,
      token_iat = ?, token_nbf = ?, token_exp = ?, token_first_iat = coalesce(token_first_iat, ?), actor = ?
    where id = ?`);
  const setClientId = db.prepare("update events set client_id = ? where id = ?");
  const end = db.prepare("update events set fold_key = null where id = ?");
  const endRefusals = db.prepare(
    "update events set fold_key = null where device_id = ? and fold_key is not null and type in ('connect', 'connack')",
  );
  const hourly = prepareHourlyCounts(db);

  function growRow(row: OpenRow, entry: PackedEntry, now: number): void {
    const [, , , , , , at, count, , listener, , , clientId, address, scheme, keyId, , , ...rest] = entry;
    const [detail, hints, topic, latencyUs, iat, nbf, exp, firstIat, actor] = rest;
    grow.run(
      [now, at, at, count, listener, address, scheme, keyId],
      [detail, hints, topic, latencyUs, iat, nbf, exp, firstIat, actor, row.id],
    );
    if (clientId !== row.client_id) setClientId.run(clientId, row.id); // apart, as it costs an index entry
  }

  function addRow(entry: PackedEntry, foldKey: Buffer | null): void {
    const [, , , wanted, ...values] = entry;
    const id = Math.max(wanted, tally.lastId + 1); // the same, unless the clock was set back while nobody wrote
    insert.run([id, ...values, foldKey]);
    tally.lastId = id;
    tally.rows++;
  }

  return {
    write(entry, now) {
      const [earlier, foldKey, foldFor, , type, firstAt, lastAt, count, broker, , deviceId, , clientId] = entry;
      const [, , , , , , , , , , , , , , scheme, , result, reason] = entry;
      if (type === "connect" && result === "allow" && deviceId !== null) endRefusals.run(deviceId);
      const key = foldKey === null ? null : hashOf(foldKey);
      const row = key ? findOpen.get(key) : earlier === null ? undefined : findLogin.get(earlier, deviceId, clientId);
      if (row !== undefined && (key === null || firstAt - row.last_at <= foldFor)) {
        growRow(row, entry, now);
      } else {
        if (row !== undefined) end.run(row.id);
        addRow(entry, key);
      }
      hourly.count({ at: lastAt, type, reason: reason ?? type, result, broker, scheme }, count);
    },
    settle: hourly.settle,
    discard: hourly.discard,
  };
}

/** Short, as each open row has an index entry of it. */
function hashOf(foldKey: string): Buffer {
  return createHash("sha256").update(foldKey).digest().subarray(0, 16);
}
