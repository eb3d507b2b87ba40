import type { AuditLog } from "./audit/audit-log.ts";
import { embeddedBrokerNotice } from "./brokers/embedded/notice.ts";
import type { EventCounts } from "./brokers/emqx/live/event-counts.ts";
import type { EmbeddedConnections, EmqxConnections, House } from "./open-house.ts";
import type { CachedRegistry } from "./registry/cached-registry.ts";
import { isReadable } from "./registry/device-registry.ts";

/** What `connack status` tells. */
export async function houseStatus(house: House) {
  const registry = house.registry.health();
  const [devices, services] = isReadable(registry.state)
    ? [await house.registry.count(), await countServices(house.registry)]
    : [];
  return {
    running: Object.keys(house.listeners).length > 0,
    ready: registry.state === "ready" && Object.keys(house.listeners).length > 0,
    dataDir: house.folder.path,
    listeners: house.listeners,
    registry: { ...registry, since: new Date(registry.since).toISOString() },
    ...(devices && { devices }),
    ...(services && { services }),
    ...(house.embedded && { embedded: embeddedStatus(house.embedded) }),
    ...(house.emqx && { emqx: emqxStatus(house.emqx, house.brokerEvents) }),
    audit: auditStatus(house.audit),
    keys: house.keyRing.summaries().map(({ id, scheme, algorithm }) => ({ id, scheme, algorithm })),
    warnings: house.warnings(),
  };
}

function auditStatus(audit: AuditLog) {
  const health = audit.health();
  return { ...health, since: new Date(health.since).toISOString() };
}

function embeddedStatus({ connected, counters }: EmbeddedConnections) {
  return { connected: connected().length, counters: counters(), notice: embeddedBrokerNotice };
}

function emqxStatus(emqx: EmqxConnections, events: EventCounts) {
  const { since, ...state } = emqx.state();
  const { lastAt, kinds, doubled, leftOut } = events;
  return {
    ...state,
    since: new Date(since).toISOString(),
    events: {
      ...(lastAt !== undefined && { lastAt: new Date(lastAt).toISOString() }),
      kinds: Object.fromEntries(kinds),
      doubled,
      leftOut,
    },
  };
}

/** Services by status, removed ones not; of very many the first thousand. */
async function countServices(registry: CachedRegistry): Promise<Record<string, number>> {
  const counts: Record<string, number> = { active: 0, disabled: 0 };
  for (const { status } of await registry.list({ kind: "service", limit: 1000 })) {
    if (status !== "removed") counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}
