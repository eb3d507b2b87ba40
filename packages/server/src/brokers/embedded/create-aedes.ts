import { Aedes, type AedesOptions, type Client } from "aedes";
import { createHooks } from "./aedes-hooks.ts";
import { type AedesInternals, internalsOf } from "./aedes-internals.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { BrokerSizes } from "./broker-sizes.ts";
import { guardDeliveries } from "./deliveries.ts";
import type { EmbeddedBrokerLimits } from "./embedded-broker-limits.ts";
import { endConnection } from "./end-connection.ts";
import { storeOnlyGrantedFilters } from "./guards/only-granted-filters.ts";
import { freeBrokerOfPrototypes } from "./guards/prototype-keys.ts";
import { publishBeforeAck } from "./guards/publish-before-ack.ts";
import { registerByIdentity } from "./guards/registration.ts";
import { sayKeepAliveTimeout } from "./guards/say-keep-alive-timeout.ts";
import { keepBrokerTopicsOutOfQueues } from "./keep-out-of-queues.ts";
import { noteFailure } from "./note-failure.ts";
import { Sessions } from "./sessions.ts";
import { IncomingIds, installIncomingIds } from "./stores/incoming-ids.ts";
import { OutgoingStore } from "./stores/outgoing-store.ts";
import { installRetainedStore, RetainedStore } from "./stores/retained-store.ts";
import { subscribeForDevice } from "./subscribe-for-device.ts";

type Shared = Omit<BrokerContext, "sessions">;

export interface GuardedAedes {
  aedes: Aedes;
  context: BrokerContext;
  sizes(): Omit<BrokerSizes, "connections">;
}

/** aedes with every guard that concerns the whole broker, and what the broker's parts share. */
export async function createAedes(shared: Shared): Promise<GuardedAedes> {
  const aedes = await Aedes.createBroker({ ...aedesLimits(shared.limits), ...createHooks(() => context) });
  const inner = internalsOf(aedes);
  const { sessions, sizes } = installStores(inner, shared);
  const context: BrokerContext = { ...shared, sessions };
  freeBrokerOfPrototypes(inner);
  keepBrokerTopicsOutOfQueues(inner.persistence);
  storeOnlyGrantedFilters(inner.persistence, shared.grantedFilters);
  guardRegistration(inner, shared);
  publishBeforeAck(inner);
  listen(aedes, context);
  return { aedes, context, sizes };
}

function aedesLimits(limits: EmbeddedBrokerLimits): AedesOptions {
  return {
    // No limit: with the default of 100, as many publishes to one client that does not read stop everybody. What may
    // wait for one client is limited instead.
    concurrency: 0,
    drainTimeout: limits.drainTimeoutMs,
    connectTimeout: limits.connectTimeoutMs,
    maximumPacketSize: limits.maxPacketBytes,
    receiveMaximum: limits.maxIncomingQos2,
    // MQTT 3.1 has 23, which nobody keeps to; `readConnectRequest` has the limit for all versions.
    maxClientsIdLength: 65_535,
    sessionExpiryIntervalLimit: limits.sessionExpirySeconds,
    pendingSessionsLimit: limits.maxOfflineSessions,
  };
}

function installStores(aedes: AedesInternals, shared: Shared): { sessions: Sessions; sizes: GuardedAedes["sizes"] } {
  const { connections, limits, nowMs, reporter } = shared;
  const outgoing = new OutgoingStore(
    {
      maxMessages: limits.maxQueuedMessages,
      maxBytes: limits.maxQueuedBytes,
      maxWaiting: limits.maxUnreadMessages,
      maxWaitingBytes: limits.maxUnreadBytes,
    },
    () => reporter.trip("queue_full"),
  );
  const retained = new RetainedStore(
    { maxMessages: limits.maxRetainedMessages, maxBytes: limits.maxRetainedBytes },
    () => reporter.trip("retained_full"),
  );
  const incoming = new IncomingIds(limits.maxIncomingQos2);
  guardDeliveries(aedes, outgoing, shared);
  installRetainedStore(aedes, retained);
  installIncomingIds(aedes.persistence, incoming, (clientId) => {
    for (const connection of connections.withClientId(clientId)) {
      if (endConnection(connection, "too_many_unfinished")) reporter.trip("too_many_unfinished", connection);
    }
  });
  const wipe = aedes._wipeSession.bind(aedes);
  aedes._wipeSession = (client) => {
    wipe(client);
    outgoing.drop(client.id);
    incoming.drop(client.id);
  };
  const sessions = new Sessions({ aedes, outgoing, incoming, connections, reporter, limits, nowMs });
  const sizes = () => ({
    offlineSessions: { used: sessions.offline, most: limits.maxOfflineSessions },
    queuedBytes: { used: outgoing.bytes, most: limits.maxQueuedBytes },
    retainedMessages: { used: retained.size, most: limits.maxRetainedMessages },
    retainedBytes: { used: retained.bytes, most: limits.maxRetainedBytes },
  });
  return { sessions, sizes };
}

function guardRegistration(aedes: AedesInternals, { connections }: Shared): void {
  const orderOf = (client: Client) => connections.of(client)?.access?.order ?? 0;
  registerByIdentity(aedes, {
    isNewer: (client, than) => orderOf(client) > orderOf(than),
    end: (client) => {
      const connection = connections.of(client);
      if (connection === undefined) client.close();
      else endConnection(connection, "taken_over");
    },
  });
}

function listen(aedes: Aedes, context: BrokerContext): void {
  const { connections, reporter, sessions } = context;
  aedes.on("clientError", (client, error) => noteFailure(context, connections.of(client), error));
  aedes.on("connectionError", (client, error) => noteFailure(context, connections.of(client), error));
  aedes.on("client", (client) => subscribeForDevice(context, connections.of(client)));
  sayKeepAliveTimeout(aedes, (client) => {
    const connection = connections.of(client);
    if (connection === undefined) client.conn.destroy();
    else endConnection(connection, "keep_alive_timeout");
  });
  aedes.on("sessionExpired", (client) => sessions.forget(client.id));
  aedes.on("sessionLimitReached", (client, { reason }) => {
    if (reason !== "sessionExpiry") return;
    reporter.trip("session_given_up");
    sessions.forget(client.id);
  });
  // aedes reports failures of its persistence as "error"; without a listener they end the process.
  (aedes as NodeJS.EventEmitter).on("error", (error) => reporter.trip("broker_error", undefined, error));
}
