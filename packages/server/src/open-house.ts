import type { CredentialScheme } from "@connack/credentials";
import { type ClockWatch, createClockWatch } from "@connack/credentials/verify";
import type { AuditLog } from "./audit/audit-log.ts";
import { createAuditWarnings } from "./audit/audit-warnings.ts";
import { openAuditLog } from "./audit/open-audit-log.ts";
import { createDecideConnect, type DecideConnect } from "./authn/decide-connect.ts";
import { createEnrolmentPolicy } from "./authn/enrolment-policy.ts";
import { createFindDevice } from "./authn/find-device.ts";
import { type AttemptLimiter, createAttemptLimiter } from "./authn/limit-attempts.ts";
import { createDecideTopic, type DecideTopic } from "./authz/decide-topic.ts";
import { createGroupRights } from "./authz/group-rights.ts";
import { createResolveRights, type ResolveRights } from "./authz/resolve-rights.ts";
import type { GroupRights } from "./authz/rights.ts";
import type { BrokerSizes } from "./brokers/embedded/broker-sizes.ts";
import type { EmqxLiveState } from "./brokers/emqx/live/emqx-live.ts";
import { EventCounts } from "./brokers/emqx/live/event-counts.ts";
import { PendingDevices } from "./brokers/emqx/live/pending-devices.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import { createSchemes, schemeWarnings } from "./create-schemes.ts";
import type { Guests } from "./operations/service-guests.ts";
import { type AccessTokens, openAccessTokens } from "./provisioning/access-tokens.ts";
import { openBrokerToken } from "./provisioning/broker-token.ts";
import { configuredKeys } from "./provisioning/configured-keys.ts";
import { type KeyRing, type KeySettings, openKeyRing } from "./provisioning/key-ring.ts";
import { type AroundChange, type CachedRegistry, cachedRegistry } from "./registry/cached-registry.ts";
import type { Device } from "./registry/device.ts";
import { type StoreHealth, StoreUnavailable } from "./registry/device-registry.ts";
import { LendingRegistry } from "./registry/lending-registry.ts";
import { LentDevices } from "./registry/lent-devices.ts";
import { openSqliteRegistry } from "./registry/sqlite/sqlite-registry.ts";
import type { Reload } from "./reload.ts";
import { type DataFolder, openDataFolder } from "./state/data-folder.ts";
import { dataFolderPath } from "./state/data-folder-path.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";

/** Everything that decides and keeps, without a listener: what a running server and a single command share. */
export interface House {
  /** What is in force now: another object once the configuration was read again. */
  readonly config: LoadedConfig["config"];
  readonly loaded: LoadedConfig;
  folder: DataFolder;
  keyRing: KeyRing;
  /** What our brokers prove themselves with. */
  brokerToken: string;
  /** Who may use the admin API. */
  accessTokens: AccessTokens;
  /** With it the throw-away devices of the moment. */
  registry: CachedRegistry;
  /** Throw-away devices, in memory only. */
  lent: LentDevices;
  limiter: AttemptLimiter;
  decideConnect: DecideConnect;
  decideTopic: DecideTopic;
  groups: GroupRights;
  resolveRights: ResolveRights;
  /** What happened, kept. */
  audit: AuditLog;
  metrics: Metrics;
  clockWatch: ClockWatch;
  /** Standing problems an operator should know of, one sentence each. */
  warnings(): string[];
  now(): Date;
  nowMs(): number;
  /**
   * Puts another configuration in force, for the next decision on. Rejects, with nothing changed, with `ConfigError`,
   * `RefusedKey`, `KeyImportError` or `DamagedFolder`. What needs a start has to be as it was.
   */
  configure(loaded: LoadedConfig): Promise<void>;
  /** Reads the configuration again; set by `serve`. */
  reload?: Reload;
  /** What runs beside the house, for `status`; set by `serve`. */
  listeners: Record<string, string>;
  /** The embedded broker, where one runs beside the house; set by `serve`. */
  embedded?: EmbeddedConnections;
  /** EMQX, where it is the broker and the house is served; set by `serve`. */
  emqx?: EmqxConnections;
  /** Devices whose connections at EMQX have to be looked at; where EMQX is the broker, also for a single command. */
  readonly pendingAtEmqx: PendingDevices | undefined;
  /** What brokers told over HTTP. */
  readonly brokerEvents: EventCounts;
  close(): Promise<void>;
}

/** What an operator can see of EMQX, and do with its connections. */
export interface EmqxConnections {
  state(): EmqxLiveState;
  /** Standing problems, one sentence each. */
  warnings(): string[];
  /** Ends all connections of a device or service; says how many. Rejects with `ManagementError`. */
  kick(device: Pick<Device, "id" | "clientIds">): Promise<number>;
}

/** What an operator can see of the connections of the embedded broker, and do with them. */
export interface EmbeddedConnections {
  /** How often each kind of event and each guard (`guard.<name>`) occurred since the start. */
  counters(): Record<string, number>;
  /** What it holds just now, of each thing that is bounded. */
  sizes(): BrokerSizes;
  /** How many connections were let in. */
  connections(): number;
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
const pendingFile = "emqx-pending.jsonl";

/**
 * Opens data folder, keys and registry. Throws `FolderInUse`, `UnusableFolder`, `DamagedFolder` or `RefusedKey` with a
 * message for the operator. A registry that cannot be used does not throw: it has a state, and heals by itself.
 */
export async function openHouse(options: OpenHouseOptions): Promise<House> {
  const { nowMs = Date.now } = options;
  let { loaded } = options;
  const { config } = loaded;
  const now = () => new Date(nowMs());
  const folder = await openDataFolder(dataFolderPath(config.dataDir), [registryFile]);
  try {
    let schemes = createSchemes(config);
    const toRepair = options.toRepairKeys ?? false;
    const keyRing = await openKeyRing({ folder, ...keySettings(loaded, schemes, now()), toRepair, now });
    const brokerToken = await openBrokerToken(folder);
    const accessTokens = await openAccessTokens(folder, nowMs);
    const goOnForMs = () => loaded.config.devices.goOnWithoutStoreFor * 1000;
    const onError = options.onError ?? (() => {});
    const metrics = createMetrics({ house: () => house, onError });
    const lent = new LentDevices(nowMs);
    const pendingAtEmqx = await openPending(folder, config, options);
    const kept = await openRegistry(folder, options, nowMs, goOnForMs, metrics, pendingAtEmqx);
    const registry = new LendingRegistry(kept, lent);
    const auditWarnings = createAuditWarnings(nowMs);
    const audit = openAuditLog({
      file: folder.file(auditFile),
      ...config.audit,
      nowMs,
      onProblem(sentence) {
        auditWarnings.note(sentence);
        options.onProblem?.(sentence);
      },
      isKnown: (deviceId) => registry.peek(deviceId)?.device !== undefined,
    });
    const limiter = createAttemptLimiter({ provenForMs: 24 * 3_600_000 });
    const enrolment = createEnrolmentPolicy({
      get mode() {
        return loaded.config.devices.enrolment;
      },
      get perMinute() {
        return loaded.config.devices.enrolmentPerMinute;
      },
      get perMinuteAndGroup() {
        return loaded.config.devices.enrolmentPerMinuteAndGroup;
      },
      nowMs,
    });
    const groups = createGroupRights(config.acl.groups, registry);
    const resolveRights = createResolveRights(groups);
    const parts = {
      resolveRights,
      get schemes() {
        return schemes;
      },
      keyRing,
      registry,
      enrolment,
      limiter,
      clockWatch: createClockWatch(),
      nowMs,
      recordStep: metrics.recordStep,
      onError,
    };
    const house: House = {
      get config() {
        return loaded.config;
      },
      get loaded() {
        return loaded;
      },
      folder,
      keyRing,
      brokerToken,
      accessTokens,
      registry,
      lent,
      limiter,
      decideConnect: createDecideConnect(parts),
      decideTopic: createDecideTopic({ findDevice: createFindDevice(registry), resolveRights, onError }),
      groups,
      resolveRights,
      audit,
      metrics,
      clockWatch: parts.clockWatch,
      warnings: () => [
        ...schemeWarnings(loaded.config),
        ...loaded.warnings,
        ...folder.warnings,
        ...keyRing.warnings(),
        ...auditWarnings.of(audit.health()),
        ...(house.emqx?.warnings() ?? []),
      ],
      now,
      nowMs,
      async configure(next) {
        const nextSchemes = createSchemes(next.config);
        await keyRing.configure(keySettings(next, nextSchemes, now()), () => {
          loaded = next;
          schemes = nextSchemes;
          groups.configure(next.config.acl.groups);
        });
      },
      listeners: {},
      pendingAtEmqx,
      brokerEvents: new EventCounts(),
      async close() {
        metrics.close();
        await Promise.all([audit.close(), registry.close()]);
        await pendingAtEmqx?.close();
        await keyRing.close();
        await accessTokens.close();
        await folder.release();
      },
    };
    return house;
  } catch (error) {
    await folder.release();
    throw error;
  }
}

function keySettings(loaded: LoadedConfig, schemes: readonly CredentialScheme[], now: Date): KeySettings {
  const names = schemes.map(({ name }) => name);
  return {
    configured: configuredKeys(loaded, now),
    schemes: (["xiaozhi-hmac", "jwt"] as const).filter((name) => names.includes(name)),
    allowWeakKey: loaded.config.credentials.allowWeakKey,
  };
}

async function openRegistry(
  folder: DataFolder,
  options: OpenHouseOptions,
  nowMs: () => number,
  goOnForMs: () => number,
  metrics: Metrics,
  pendingAtEmqx: PendingDevices | undefined,
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
  return cachedRegistry(metrics.watchStore(store), {
    goOnForMs,
    nowMs,
    ...(onProblem && { onProblem }),
    ...(pendingAtEmqx && { aroundChange: notingIn(pendingAtEmqx) }),
  });
}

/** Where EMQX is the broker: also a change made by a single command, with no server running, has to reach it. */
async function openPending(
  folder: DataFolder,
  { brokers }: LoadedConfig["config"],
  { onProblem = () => {} }: OpenHouseOptions,
): Promise<PendingDevices | undefined> {
  if (brokers.emqx.url === undefined) return undefined;
  return await PendingDevices.open(folder.file(pendingFile), { onProblem });
}

function notingIn(pending: PendingDevices): AroundChange {
  // The store may have died between a commit and its answer.
  const mayHaveHappened = (error: unknown) => error instanceof StoreUnavailable;
  return ({ id, clientIds }, kind, change) =>
    pending.during({ id, clientIds, endsAnyway: kind === "rights" }, change, mayHaveHappened);
}
