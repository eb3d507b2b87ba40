import type { Qos } from "@connack/credentials";
import type { BrokerContext } from "./broker-context.ts";
import { type Access, type Connection, describePeer } from "./connection.ts";
import { endConnection } from "./end-connection.ts";
import { printable } from "./printable.ts";
import { isClientFilter } from "./topic-text.ts";

/** A filter of a SUBSCRIBE, with the highest QoS asked for. */
export interface WantedFilter {
  topic: string;
  qos: Qos;
  /** The broker subscribes for the device: see `subscribeForDevice`. */
  byBroker?: true;
}

/**
 * Whether a filter may be subscribed to: in a SUBSCRIBE, by the broker for the device, or when a session is restored.
 * Returns the filter, or null: SUBACK 0x80 or 0x87, the connection stays unless `denyAction` is `disconnect`. Nothing
 * of that SUBSCRIBE may be done then: look at `ended` when all its filters were asked about.
 */
export function authorizeSubscribe<Filter extends WantedFilter>(
  context: BrokerContext,
  connection: Connection | undefined,
  filter: Filter,
): Filter | null {
  if (connection === undefined || connection.ended !== undefined) return null;
  if (connection.access === undefined || !coversFilter(connection.access, filter)) {
    tellDenied(context, connection, filter);
    // Before its CONNACK it has asked for nothing: that is the broker, for the device or for a session.
    if (connection.announced && context.denyAction === "disconnect") endConnection(connection, "not_authorized");
    return null;
  }
  const { filters } = connection;
  const isFull = filters.size >= context.limits.maxSubscriptionsPerClient;
  if (isFull && !filter.byBroker && !filters.has(filter.topic)) {
    context.reporter.trip("too_many_subscriptions", connection);
    return null;
  }
  filters.add(filter.topic);
  if (!filter.byBroker) connection.filtersByBroker?.delete(filter.topic);
  context.grantedFilters.add(filter);
  return filter;
}

/** Whether these rights are enough for a filter. */
export function coversFilter({ acl }: Access, { topic, qos }: WantedFilter): boolean {
  return isClientFilter(topic) && acl.decide({ action: "subscribe", topic, qos }).allowed;
}

function tellDenied({ nowMs, reporter }: BrokerContext, connection: Connection, filter: WantedFilter): void {
  const deviceId = connection.access?.deviceId;
  if (deviceId === undefined || !connection.deniedEvents.take(nowMs())) {
    reporter.count("subscribe_denied");
    return;
  }
  reporter.report({
    type: "subscribe_denied",
    deviceId,
    filter: printable(filter.topic),
    qos: filter.qos,
    byBroker: filter.byBroker === true,
    ...describePeer(connection),
  });
}
