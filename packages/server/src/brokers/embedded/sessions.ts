import { setImmediate as nextTurn } from "node:timers/promises";
import type { AedesInternals } from "./aedes-internals.ts";
import { coversFilter, type WantedFilter } from "./authorize-subscribe.ts";
import type { Access, Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import type { EmbeddedBrokerLimits } from "./embedded-broker-limits.ts";
import type { Reporter } from "./reporter.ts";
import type { IncomingIds } from "./stores/incoming-ids.ts";
import type { OutgoingStore } from "./stores/outgoing-store.ts";

export interface SessionParts {
  aedes: Pick<AedesInternals, "persistence" | "clearSessionExpiry">;
  outgoing: OutgoingStore;
  incoming: IncomingIds;
  connections: Connections;
  reporter: Reporter;
  limits: Pick<EmbeddedBrokerLimits, "maxOfflineSessions" | "sessionExpirySeconds">;
  nowMs: () => number;
}

/**
 * Whose session is kept under which client id. MQTT binds a session to the client id alone; here it belongs to the
 * device that made it and is discarded when another device comes with the id. Bounded in number and in time, also for
 * MQTT 3.1 and 3.1.1, whose sessions aedes keeps for ever.
 */
export class Sessions {
  readonly #parts: SessionParts;
  /** Client id → device. As many as there are connections and sessions that are offline. */
  readonly #owners = new Map<string, string>();
  /** Client id → filters of its session that the broker subscribed to: the device knows nothing of them. */
  readonly #filtersByBroker = new Map<string, Set<string>>();
  /** Client id → when its connection ended (milliseconds), longest away first. */
  readonly #offline = new Map<string, number>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Makes the session ready for an admitted connection: no other device's, nothing that its rights do not cover. */
  async open(connection: Connection): Promise<void> {
    const { client, access, cleanStart } = connection;
    if (access === undefined) throw new Error("no session without a device");
    const owner = this.#owners.get(client.id);
    if (owner !== undefined && owner !== access.deviceId) {
      this.#parts.reporter.trip("foreign_session", connection);
      await this.discard(client.id);
    } else if (cleanStart) {
      this.#parts.outgoing.drop(client.id);
      this.#parts.incoming.drop(client.id);
    } else {
      await this.#removeOutdatedFilters(client.id, access);
    }
    connection.filtersByBroker = new Set();
    this.#filtersByBroker.set(client.id, connection.filtersByBroker);
    this.#offline.delete(client.id);
    this.#owners.set(client.id, access.deviceId);
  }

  /** To be called when the connection is closed and removed. */
  closed(connection: Connection): void {
    const { client, access } = connection;
    const { connections, incoming, limits, nowMs } = this.#parts;
    if (access === undefined || connections.withClientId(client.id).length > 0) return;
    if (client.clean) {
      incoming.drop(client.id);
      this.forget(client.id);
      return;
    }
    this.#offline.set(client.id, nowMs());
    if (this.#offline.size <= limits.maxOfflineSessions) return;
    for (const [longestAway] of this.#offline) {
      this.#giveUp(longestAway);
      break;
    }
  }

  /** aedes has removed the session by itself. */
  forget(clientId: string): void {
    this.#owners.delete(clientId);
    this.#filtersByBroker.delete(clientId);
    this.#offline.delete(clientId);
  }

  /** Gives up sessions that have been away too long. */
  sweep(): void {
    const { limits, nowMs } = this.#parts;
    const oldest = nowMs() - limits.sessionExpirySeconds * 1000;
    for (const [clientId, since] of this.#offline) {
      if (since > oldest) break;
      this.#giveUp(clientId);
    }
  }

  /** Removes everything that is kept under a client id. */
  async discard(clientId: string): Promise<void> {
    const { aedes, incoming, outgoing } = this.#parts;
    this.forget(clientId);
    aedes.clearSessionExpiry(clientId);
    await aedes.persistence.cleanSubscriptions({ id: clientId });
    await aedes.persistence.delWill({ id: clientId });
    // A message that is being published now may have found the subscriptions before they went.
    await nextTurn();
    outgoing.drop(clientId);
    incoming.drop(clientId);
  }

  get size(): number {
    return this.#owners.size;
  }

  /** Those whose client is away. */
  get offline(): number {
    return this.#offline.size;
  }

  #giveUp(clientId: string): void {
    const { reporter } = this.#parts;
    reporter.trip("session_given_up");
    this.discard(clientId).catch((error) => reporter.trip("contained_exception", undefined, error));
  }

  /**
   * Filters of a former connection that had more rights, or that the broker subscribed to and no longer would: aedes
   * would go on queueing for them.
   */
  async #removeOutdatedFilters(clientId: string, access: Access): Promise<void> {
    const { persistence } = this.#parts.aedes;
    const byBroker = this.#filtersByBroker.get(clientId);
    const isOutdated = (filter: WantedFilter) =>
      !coversFilter(access, filter) ||
      (byBroker?.has(filter.topic) === true && !access.subscriptions.some(({ topic }) => topic === filter.topic));
    const outdated = (await persistence.subscriptionsByClient({ id: clientId })).filter(isOutdated);
    if (outdated.length === 0) return;
    await persistence.removeSubscriptions(
      { id: clientId },
      outdated.map(({ topic }) => topic),
    );
  }
}
