import { isDeepStrictEqual } from "node:util";
import type { NewAuditEvent } from "./audit/audit-event.ts";
import { eventText } from "./audit/event-text.ts";
import type { EventOrigin } from "./brokers/broker-adapter.ts";
import { createBanKeys } from "./brokers/emqx/live/ban-key.ts";
import { EmqxLive, type EmqxLiveState } from "./brokers/emqx/live/emqx-live.ts";
import { readLastAlive } from "./brokers/emqx/live/last-alive.ts";
import type { PendingDevices } from "./brokers/emqx/live/pending-devices.ts";
import type { Standing } from "./brokers/emqx/live/put-in-line.ts";
import { longestWaitMs } from "./brokers/emqx/live/subscribe-on-connect.ts";
import type { RefusedDevice } from "./brokers/emqx/live/sweep-refused.ts";
import { openManagementClient } from "./brokers/emqx/management/open-management-client.ts";
import type { Config } from "./config/config-schema.ts";
import { endFormerPasswords } from "./end-former-passwords.ts";
import type { House } from "./open-house.ts";
import { connectionsEnded, counted } from "./operations/describe-change.ts";
import type { CachedRegistry } from "./registry/cached-registry.ts";
import type { Device, DeviceStatus } from "./registry/device.ts";
import { StoreUnavailable } from "./registry/device-registry.ts";

export interface RunEmqxLiveParts {
  house: House;
  onError(error: unknown): void;
  /** Told, in one sentence, what an operator should do something about. */
  onProblem(sentence: string): void;
  /** Told, in one sentence, what is good to know. */
  onNews(sentence: string): void;
}

export interface RunningEmqxLive {
  /** What EMQX told, each once. */
  told(event: NewAuditEvent, origin: EventOrigin): void;
  /** Begins; whom EMQX asks has to be able to answer by then. */
  start(): void;
  configure(config: Config): void;
  close(): Promise<void>;
}

/**
 * The running server's part at EMQX, where `brokers.emqx.url` is set: whom the house refuses is cut there, and xiaozhi
 * devices are subscribed. Nothing of it is in the way of a decision. Throws `ConfigError`.
 */
export function runEmqxLive(parts: RunEmqxLiveParts): RunningEmqxLive {
  const { house, onError, onProblem } = parts;
  const pending = house.pendingAtEmqx as PendingDevices;
  const lastAlive = readLastAlive(house.folder.file(aliveFile), onError);
  let wanted = settingsOf(house.config);
  // Only who has caught up may say so: the next process looks back to there.
  const onCaughtUp = () => lastAlive.start();
  let live = openLive(parts, pending, lastAlive.before, onCaughtUp);
  const formerPasswords = endFormerPasswords({
    registry: house.registry,
    kick: (id) => live.look(id, [], true),
    nowMs: house.nowMs,
    onError,
  });
  const stopListening = house.registry.onChange(({ id, kind }) => {
    if (kind === "added") live.added(id);
  });
  house.emqx = {
    state: () => live.state(),
    warnings: () => warningsOf(house, live.state()),
    kick: ({ id, clientIds }) => live.kick(id, clientIds),
  };
  return {
    told: (event, origin) => live.told(event, origin),
    start() {
      live.start();
      watchFormerPasswords(house.registry, formerPasswords.letIn).catch(onError);
    },
    configure(config) {
      const next = settingsOf(config);
      if (isDeepStrictEqual(next, wanted)) return;
      try {
        const replaced = live;
        // What the former one had in line for EMQX is looked for there.
        const since = house.nowMs() - longestWaitMs;
        live = openLive(parts, pending, Math.min(since, live.unknownSince ?? since), onCaughtUp);
        wanted = next;
        replaced.close().catch(onError);
        live.start();
      } catch (error) {
        onProblem(`what was configured for EMQX stays in force: ${(error as Error).message}`);
      }
    },
    async close() {
      lastAlive.stop();
      stopListening();
      formerPasswords.stop();
      await live.close();
    },
  };
}

/** In the data folder: touched while a server runs. */
const aliveFile = "emqx-live";

/** What another client, or other work, follows from. */
function settingsOf({ brokers, credentials }: Config) {
  const { url, apiKey, apiSecret, username, password, caFile, timeout, jwt, subscribeMac } = brokers.emqx;
  const { identity } = credentials.jwt;
  return { url, apiKey, apiSecret, username, password, caFile, timeout, jwt, subscribeMac, identity };
}

function openLive(
  { house, onError, onProblem, onNews }: RunEmqxLiveParts,
  pending: PendingDevices,
  lastAlive: number | undefined,
  onCaughtUp: () => void,
): EmqxLive {
  const { registry, nowMs, config } = house;
  const { emqx } = config.brokers;
  return new EmqxLive({
    client: openManagementClient(emqx),
    pending,
    banKeys: createBanKeys(emqx.jwt, config.credentials.jwt.identity),
    keepsOut: emqx.jwt.enabled,
    subscribeMac: emqx.subscribeMac,
    standingOf: (id) => standingOf(registry, id),
    isRefused(id) {
      const device = registry.peek(id)?.device;
      return device !== undefined && device.status !== "active";
    },
    refused: () => refusedDevices(registry),
    lastAlive,
    onCaughtUp,
    onSeen(deviceId, { clientId, connectedAt = nowMs(), address }) {
      registry.noteSighting({ deviceId, at: connectedAt, clientId, ...(address !== undefined && { address }) });
    },
    nowMs,
    onEnded: (deviceId, count) => onNews(`EMQX: ${connectionsEnded(count)} of ${eventText(deviceId)}`),
    onError,
    onProblem,
    onNews,
  });
}

async function standingOf(registry: CachedRegistry, id: string): Promise<Standing> {
  const unknown = { may: "unknown", clientIds: [], mayHaveTokens: false } as const;
  try {
    const device = await registry.find(id);
    if (device === undefined) return unknown;
    const may = device.status === "active" ? "connect" : "not connect";
    return { may, clientIds: device.clientIds, mayHaveTokens: mayHaveTokens(device) };
  } catch (error) {
    if (error instanceof StoreUnavailable) return { ...unknown, isAway: true };
    throw error;
  }
}

/** Of a removed device nobody knows by what it came. */
function mayHaveTokens({ status, schemes }: Device): boolean {
  return status === "removed" || schemes.includes("jwt");
}

const refusedStatuses: readonly DeviceStatus[] = ["disabled", "revoked", "removed", "pending"];
const perPage = 1000;

async function* refusedDevices(registry: CachedRegistry): AsyncGenerator<RefusedDevice> {
  for (const status of refusedStatuses) {
    let after: string | undefined;
    do {
      const devices = await registry.list({ status, limit: perPage, ...(after !== undefined && { after }) });
      for (const device of devices) {
        yield { id: device.id, clientIds: device.clientIds, mayHaveTokens: mayHaveTokens(device) };
      }
      after = devices.length === perPage ? devices.at(-1)?.id : undefined;
    } while (after !== undefined);
  }
}

/** Rotations that were under way when an earlier process ended; only services have a time for the former password. */
async function watchFormerPasswords(registry: CachedRegistry, letIn: (id: string) => void): Promise<void> {
  try {
    let after: string | undefined;
    do {
      const services = await registry.list({ kind: "service", limit: perPage, ...(after !== undefined && { after }) });
      for (const { id, previousPassword } of services) {
        if (previousPassword === undefined) continue;
        await registry.find(id);
        letIn(id);
      }
      after = services.length === perPage ? services.at(-1)?.id : undefined;
    } while (after !== undefined);
  } catch (error) {
    // Its state is told elsewhere; EMQX ends what was let in with a former password by itself (`expire_at`).
    if (!(error instanceof StoreUnavailable)) throw error;
  }
}

/** After a login that was allowed, EMQX tells of the connection at once. */
const silentForMs = 120_000;

function warningsOf({ config, brokerEvents, nowMs }: House, state: EmqxLiveState): string[] {
  const { emqx } = config.brokers;
  const warnings: string[] = [];
  if (state.reachable === false) {
    const waiting = state.pending === 0 ? "" : `; waiting for it: ${counted(state.pending, "device")} that changed`;
    warnings.push(`EMQX's API cannot be used${waiting}: ${state.problem}`);
  }
  const { silentSince } = brokerEvents;
  if (emqx.events.enabled && silentSince !== undefined && nowMs() - silentSince > silentForMs) {
    warnings.push(
      "EMQX asked about logins and told nothing of what came of them for two minutes: its rule for events is missing, switched off, or does not reach Connack; connack emqx status says more",
    );
  }
  if (emqx.jwt.enabled && createBanKeys(emqx.jwt, config.credentials.jwt.identity) === undefined) {
    warnings.push(
      "EMQX checks tokens by itself, and brokers.emqx.jwt.verifyClaims binds neither client id nor user name to the claim of credentials.jwt.identity: a device that is refused gets in with its token until that expires",
    );
  }
  return warnings;
}
