import { isAllowed } from "@connack/credentials";
import type { BrokerContext } from "./broker-context.ts";
import { type Access, type Connection, describePeer } from "./connection.ts";
import { printable } from "./printable.ts";
import { isClientFilter } from "./topic-text.ts";

/**
 * Whether a filter may be subscribed to, in a SUBSCRIBE or when a session is restored. Returns the filter, or null:
 * SUBACK 0x80 or 0x87, the connection stays.
 */
export function authorizeSubscribe<Filter extends { topic: string }>(
  context: BrokerContext,
  connection: Connection | undefined,
  filter: Filter,
): Filter | null {
  if (connection === undefined) return null;
  if (!maySubscribe(connection, filter.topic)) {
    tellDenied(context, connection, filter.topic);
    return null;
  }
  const { filters } = connection;
  if (!filters.has(filter.topic) && filters.size >= context.limits.maxSubscriptionsPerClient) {
    context.reporter.trip("too_many_subscriptions", connection);
    return null;
  }
  filters.add(filter.topic);
  context.grantedFilters.add(filter);
  return filter;
}

function maySubscribe({ access, ended }: Connection, filter: string): boolean {
  return access !== undefined && ended === undefined && coversFilter(access, filter);
}

/** Whether these rights are enough for a filter. */
export function coversFilter({ acl }: Access, filter: string): boolean {
  return isClientFilter(filter) && isAllowed(acl, "subscribe", filter);
}

function tellDenied(context: BrokerContext, connection: Connection, filter: string): void {
  const { nowMs, reporter } = context;
  const deviceId = connection.access?.deviceId;
  if (deviceId === undefined || !connection.deniedEvents.take(nowMs())) {
    reporter.count("subscribe_denied");
    return;
  }
  reporter.report({ type: "subscribe_denied", deviceId, filter: printable(filter), ...describePeer(connection) });
}
