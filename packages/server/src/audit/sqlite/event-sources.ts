import type { AuditType } from "../audit-event.ts";
import type { AuditFilter } from "../audit-log.ts";

/** Rows in the order of an index, and what of the filter is left to be looked at row by row. */
export interface EventSource {
  index: string;
  where: string[];
  values: unknown[];
  rest: { sql: string; values: unknown[] }[];
}

/** As in the index `events_by_type`; SQLite uses it only where it reads the same words. */
const seldomOnly = "type not in ('connect', 'connected', 'disconnected')";
const frequent: readonly AuditType[] = ["connect", "connected", "disconnected"];

const columns = { clientId: "client_id", deviceId: "device_id", reason: "reason", broker: "broker", result: "result" };

/** Where the events of a filter are found best; the events of several sources are put in order together. */
export function sourcesOf(filter: AuditFilter): EventSource[] {
  const rest = (Object.keys(columns) as (keyof typeof columns)[]).flatMap((member) => {
    const value = filter[member];
    return value === undefined ? [] : [{ member, sql: `${columns[member]} = ?`, values: [value] }];
  });
  const types = filter.types === undefined ? undefined : [...new Set(filter.types)];
  const ofType = types === undefined ? [] : [{ sql: `type in (${types.map(() => "?").join(", ")})`, values: types }];

  const exact = rest.find(({ member }) => member === "clientId" || member === "deviceId" || member === "reason");
  if (exact !== undefined) {
    const index = { clientId: "events_by_client", deviceId: "events_by_device", reason: "events_by_reason" };
    const others = [...rest.filter((each) => each !== exact), ...ofType];
    return [
      { index: index[exact.member as keyof typeof index], where: [exact.sql], values: exact.values, rest: others },
    ];
  }
  if (types?.every((type) => !frequent.includes(type)))
    return types.map((type) => ({
      index: "events_by_type",
      where: [seldomOnly, "type = ?"],
      values: [type],
      rest,
    }));
  if (filter.result === "deny") {
    const others = [...rest.filter(({ member }) => member !== "result"), ...ofType];
    return [{ index: "events_denied", where: ["result = 'deny'"], values: [], rest: others }];
  }
  return [{ index: "events_by_time", where: [], values: [], rest: [...rest, ...ofType] }];
}
