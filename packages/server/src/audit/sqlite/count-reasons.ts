import type { Database } from "better-sqlite3";
import type { AuditType } from "../audit-event.ts";
import type { ReasonCount } from "../audit-log.ts";
import { hourMs } from "./hourly-counts.ts";

const mostReasons = 50;
const mostExamples = 5;
/** Rows that are looked at for devices, of all reasons together. */
const mostRows = 5000;

interface Sum {
  type: AuditType;
  reason: string;
  count: number;
  lastAt: number;
}

interface Who {
  device_id: string | null;
  client_id: string | null;
  count: number;
}

/** Refusals by reason, the most frequent first; hours that are cut by `from` or `until` count as a whole. */
export function countReasons(db: Database, from: number, until: number): ReasonCount[] {
  const sums = db
    .prepare<unknown[], Sum>(`
      select type, reason, sum(count) as count, max(last_at) as lastAt from hourly
      where hour >= ? and hour <= ? and last_at >= ?
        and (result = 'deny' or type in ('connack', 'publish_denied', 'subscribe_denied'))
      group by type, reason order by count desc, type, reason limit ${mostReasons}`)
    .all(Math.floor(from / hourMs), Math.floor((until - 1) / hourMs), from);
  const rows = db.prepare<unknown[], Who>(`
    select device_id, client_id, count from (
      select type, device_id, client_id, count, first_at from events indexed by events_by_reason
      where reason = ? and last_at >= ? order by last_at desc limit ?)
    where type = ? and first_at < ?`);
  const each = Math.floor(mostRows / Math.max(1, sums.length));
  return sums.map((sum) => ({ ...sum, ...whoOf(rows.all(sum.reason, from, each, sum.type, until), sum.count) }));
}

/** A row may have begun before the time that is asked for: nobody was refused more often than all together. */
function whoOf(rows: readonly Who[], most: number): Pick<ReasonCount, "devices" | "examples"> {
  const found = new Map<string, { deviceId?: string; clientId?: string; count: number }>();
  for (const { device_id: deviceId, client_id: clientId, count } of rows) {
    if (deviceId === null && clientId === null) continue;
    const key = deviceId === null ? `client ${clientId}` : `device ${deviceId}`;
    const known = found.get(key);
    if (known !== undefined) known.count += count;
    else found.set(key, { ...(deviceId === null ? {} : { deviceId }), ...(clientId !== null && { clientId }), count });
  }
  const examples = [...found.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, mostExamples)
    .map((each) => ({ ...each, count: Math.min(each.count, most) }));
  return { devices: found.size, examples };
}
