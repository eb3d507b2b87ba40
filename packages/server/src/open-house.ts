import { createClockWatch } from "@connack/credentials/verify";
import type { AuditLog } from "./audit/audit-log.ts";
import { openAuditLog } from "./audit/open-audit-log.ts";
import { createDecideConnect, type DecideConnect } from "./authn/decide-connect.ts";
import { createEnrolmentPolicy } from "./authn/enrolment-policy.ts";
import { createFindDevice } from "./authn/find-device.ts";
import { type AttemptLimiter, createAttemptLimiter } from "./authn/limit-attempts.ts";
import { createDecideTopic, type DecideTopic } from "./authz/decide-topic.ts";
import { createGroupRights } from "./authz/group-rights.ts";
import { createResolveRights, type ResolveRights } from "./authz/resolve-rights.ts";
import type { GroupRights } from "./authz/rights.ts";
import { embeddedBrokerNotice } from "./brokers/embedded/notice.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import { createSchemes, schemeWarnings } from "./create-schemes.ts";
import type { Guests } from "./operations/service-guests.ts";
import { openBrokerToken } from "./provisioning/broker-token.ts";
import { configuredKeys } from "./provisioning/configured-keys.ts";
import { type KeyRing, openKeyRing } from "./provisioning/key-ring.ts";
import { type CachedRegistry, cachedRegistry } from "./registry/cached-registry.ts";
import type { StoreHealth } from "./registry/device-registry.ts";
import { openSqliteRegistry } from "./registry/sqlite/sqlite-registry.ts";
import { type DataFolder, openDataFolder } from "./state/data-folder.ts";
import { dataFolderPath } from "./state/data-folder-path.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";

/** Everything that decides and keeps, without a listener: what a running server and a single command share. */
export interface House {
  config: LoadedConfig["config"];
  loaded: LoadedConfig;
  folder: DataFolder;
  keyRing: KeyRing;
  /** What our brokers prove themselves with. */
  brokerToken: string;
  registry: CachedRegistry;
  limiter: AttemptLimiter;
  decideConnect: DecideConnect;
  decideTopic: DecideTopic;
  groups: GroupRights;
  resolveRights: ResolveRights;
  /** What happened, kept. */
  audit: AuditLog;
  metrics: Metrics;
  /** Standing problems an operator should know of, one sentence each. */
  warnings(): string[];
  now(): Date;
  nowMs(): number;
  /** What runs beside the house, for `status`; set by `serve`. */
  listeners: Record<string, string>;
  /** The embedded broker, where one runs beside the house; set by `serve`. */
  embedded?: EmbeddedConnections;
  close(): Promise<void>;
}

/** What an operator can see of the connections of the embedded broker, and do with them. */
export interface EmbeddedConnections {
  /** How often each kind of event and each guard (`guard.<name>`) occurred since the start. */
  counters(): Record<string, number>;
  /** Ends all connections of a device or service; says how many. */
  kick(deviceId: string): number;
  /** One for each connection that was let in. */
  connected(): readonly { deviceId: string; clientId: string }[];
  guests: Guests;
}

export interface OpenHouseOptions {
  loaded: LoadedConfig;
  nowMs?: () => number;
  onHealth?(health: StoreHealth): void;
  onError?(error: unknown): void;
  /** Told, in one sentence, when something noted was lost. */
  onProblem?(sentence: string): void;
  /** For commands that put the key ring in order: no key is too weak to be opened with. Never to serve with. */
  toRepairKeys?: boolean;
}

const registryFile = "registry.db";
const auditFile = "audit.db";

/**
 * Opens data folder, keys and registry. Throws `FolderInUse`, `UnusableFolder`, `DamagedFolder` or `RefusedKey` with a
 * message for the operator. A registry that cannot be used does not throw: it has a state, and heals by itself.
 */
export async function openHouse(options: OpenHouseOptions): Promise<House> {
  const { loaded, nowMs = Date.now } = options;
  const { config } = loaded;
  const now = () => new Date(nowMs());
  const folder = await openDataFolder(dataFolderPath(config.dataDir), [registryFile]);
  try {
    const configured = configuredKeys(loaded, now());
    const schemes = createSchemes(config);
    const keySchemes = (["xiaozhi-hmac", "jwt"] as const).filter((name) =>
      schemes.some((scheme) => scheme.name === name),
    );
    const { allowWeakKey } = config.credentials;
    const toRepair = options.toRepairKeys ?? false;
    const keyRing = await openKeyRing({ folder, configured, schemes: keySchemes, allowWeakKey, toRepair, now });
    const brokerToken = await openBrokerToken(folder);
    const registry = await openRegistry(folder, options, nowMs);
    const audit = openAuditLog({
      file: folder.file(auditFile),
      ...config.audit,
      nowMs,
      onProblem: options.onProblem ?? (() => {}),
    });
    const limiter = createAttemptLimiter({ provenForMs: 24 * 3_600_000 });
    const { devices } = config;
    const enrolment = createEnrolmentPolicy({
      mode: devices.enrolment,
      perMinute: devices.enrolmentPerMinute,
      perMinuteAndGroup: devices.enrolmentPerMinuteAndGroup,
      nowMs,
    });
    const onError = options.onError ?? (() => {});
    const groups = createGroupRights(config.acl.groups, registry);
    const resolveRights = createResolveRights(groups);
    const parts = {
      resolveRights,
      schemes,
      keyRing,
      registry,
      enrolment,
      limiter,
      clockWatch: createClockWatch(),
      nowMs,
      onError,
    };
    return {
      config,
      loaded,
      folder,
      keyRing,
      brokerToken,
      registry,
      limiter,
      decideConnect: createDecideConnect(parts),
      decideTopic: createDecideTopic({ findDevice: createFindDevice(registry), resolveRights, onError }),
      groups,
      resolveRights,
      audit,
      metrics: createMetrics(),
      warnings: () => [...schemeWarnings(config), ...loaded.warnings, ...folder.warnings, ...keyRing.warnings()],
      now,
      nowMs,
      listeners: {},
      async close() {
        await audit.close();
        await registry.close();
        await keyRing.close();
        await folder.release();
      },
    };
  } catch (error) {
    await folder.release();
    throw error;
  }
}

async function openRegistry(
  folder: DataFolder,
  options: OpenHouseOptions,
  nowMs: () => number,
): Promise<CachedRegistry> {
  // A registry that was there once is never made anew: its revocations would be forgotten.
  const create = !folder.has(registryFile);
  const { onHealth } = options;
  const store = await openSqliteRegistry({
    file: folder.file(registryFile),
    create,
    now: nowMs,
    ...(onHealth && { onHealth }),
  });
  if (create && store.health().state === "ready") await folder.remember(registryFile);
  const { onProblem } = options;
  const goOnForMs = options.loaded.config.devices.goOnWithoutStoreFor * 1000;
  return cachedRegistry(store, { goOnForMs, nowMs, ...(onProblem && { onProblem }) });
}

/** What `connack status` tells. */
export async function houseStatus(house: House) {
  const registry = house.registry.health();
  const ready = registry.state === "ready";
  const [devices, services] = ready ? [await house.registry.count(), await countServices(house.registry)] : [];
  return {
    running: Object.keys(house.listeners).length > 0,
    ready: registry.state === "ready" && Object.keys(house.listeners).length > 0,
    dataDir: house.folder.path,
    listeners: house.listeners,
    registry: { ...registry, since: new Date(registry.since).toISOString() },
    ...(devices && { devices }),
    ...(services && { services }),
    ...(house.embedded && { embedded: embeddedStatus(house.embedded) }),
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

/** Services by status, removed ones not; of very many the first thousand. */
async function countServices(registry: CachedRegistry): Promise<Record<string, number>> {
  const counts: Record<string, number> = { active: 0, disabled: 0 };
  for (const { status } of await registry.list({ kind: "service", limit: 1000 })) {
    if (status !== "removed") counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}
