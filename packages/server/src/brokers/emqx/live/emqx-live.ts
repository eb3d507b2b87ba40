import type { NewAuditEvent } from "../../../audit/audit-event.ts";
import type { EventOrigin } from "../../broker-adapter.ts";
import type { ManagementClient } from "../management/management-client.ts";
import type { BanKeys } from "./ban-key.ts";
import { Bans } from "./bans.ts";
import { catchUp } from "./catch-up.ts";
import type { ConnectedClient } from "./clients-since.ts";
import { EmqxReach, isAway, type ReachState } from "./emqx-reach.ts";
import { kickClient } from "./kick-client.ts";
import { otherSessions } from "./other-sessions.ts";
import type { PendingDevices } from "./pending-devices.ts";
import { PendingWork } from "./pending-work.ts";
import { clientIdsOf, type PutInLineParts, putInLine, type Standing } from "./put-in-line.ts";
import { RecentClients } from "./recent-clients.ts";
import { longestWaitMs, type SubscribeCounts, SubscribeOnConnect } from "./subscribe-on-connect.ts";
import { type RefusedDevice, sweepRefused } from "./sweep-refused.ts";
import { Sweeps } from "./sweeps.ts";

export interface EmqxLiveParts {
  client: ManagementClient;
  pending: PendingDevices;
  /** What a ban has to be about to concern one device; absent where nothing does. */
  banKeys: BanKeys | undefined;
  /** EMQX lets in devices by their tokens without asking Connack: who is refused is kept out by a ban. */
  keepsOut: boolean;
  /** Subscribe xiaozhi devices to where they are answered. */
  subscribeMac: boolean;
  standingOf(deviceId: string): Promise<Standing>;
  /** Whether the device is known to be refused; from memory, for each connection that is told. */
  isRefused(deviceId: string): boolean;
  /** All that may not connect. */
  refused(): AsyncIterable<RefusedDevice>;
  /** Since when connections may have come about that nobody noted, in Unix milliseconds; `undefined` where none can. */
  lastAlive: number | undefined;
  /** All connections since then are known. */
  onCaughtUp?(): void;
  /** A device that may connect is connected with this client id, and nobody may have noted that. */
  onSeen(deviceId: string, client: ConnectedClient): void;
  nowMs(): number;
  /** Connections of a device were ended, as it was refused or moved. */
  onEnded(deviceId: string, count: number): void;
  onError(error: unknown): void;
  onProblem(sentence: string): void;
  onNews(sentence: string): void;
  /** Times in milliseconds, for tests. */
  tuning?: { lookEveryMs?: number; looksMs?: PutInLineParts["looksMs"]; catchUpAgainMs?: number; unsettledMs?: number };
}

export interface EmqxLiveState extends ReachState {
  /** Devices that have to be put in line. */
  pending: number;
  /** Bans of ours. */
  bans: number;
  /** Connections that were ended since the start, and calls that failed although EMQX is there. */
  ended: number;
  failed: number;
  subscriptions: SubscribeCounts & { waiting: number };
}

/** Where not all could be looked at. */
const catchUpAgainMs = 60_000;

/** What the running server does at EMQX: cuts and keeps out whom the registry refuses, and subscribes devices. */
export class EmqxLive {
  readonly #parts: EmqxLiveParts;
  readonly #reach: EmqxReach;
  readonly #bans: Bans;
  readonly #work: PendingWork;
  readonly #recent = new RecentClients();
  readonly #subscribe: SubscribeOnConnect | undefined;
  readonly #inLine: PutInLineParts;
  readonly #sweeps: Sweeps;
  #ended = 0;
  /** Since when connections have to be looked for. */
  #unknownSince: number | undefined;
  #isCatchingUp = false;
  #catchUpTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: EmqxLiveParts) {
    this.#parts = parts;
    const { client, pending, banKeys, keepsOut, nowMs, onError, onProblem, onNews, tuning } = parts;
    this.#unknownSince = parts.lastAlive;
    this.#bans = new Bans(client, nowMs);
    const { lookEveryMs } = tuning ?? {};
    this.#reach = new EmqxReach({
      client,
      nowMs,
      onProblem,
      onNews,
      onUp: (awaySince) => this.#onUp(awaySince),
      lookEveryMs,
    });
    this.#inLine = {
      standingOf: parts.standingOf,
      recentClientIds: (id) => this.#recent.of(id),
      otherSessions: (deviceId, known) => this.#otherSessions(deviceId, known),
      kick: (clientId) => kickClient(client, clientId),
      bans: this.#bans,
      banKeys,
      keepsOut,
      looksMs: tuning?.looksMs,
    };
    this.#work = new PendingWork({
      pending,
      reach: this.#reach,
      putInLine: (device, cutsUnknown) => putInLine(device, this.#inLine, cutsUnknown),
      onEnded: (id, count) => this.#onEnded(id, count),
      onError,
      unsettledMs: tuning?.unsettledMs,
    });
    const cut = (device: RefusedDevice) => this.#cut(device);
    this.#sweeps = new Sweeps({
      pending,
      reach: this.#reach,
      sweep: (cuts) => sweepRefused({ ...parts, bans: this.#bans, cut: cuts ? cut : undefined }),
      onError,
    });
    if (parts.subscribeMac) {
      this.#subscribe = new SubscribeOnConnect({ client, reach: this.#reach, onError, nowMs });
    }
  }

  start(): void {
    this.#parts.pending.onReady = (id) => this.#lookAt(id);
    if (this.#unknownSince === undefined) this.#parts.onCaughtUp?.();
    this.#reach.start();
  }

  /** What is pending stays so. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#catchUpTimer);
    this.#parts.pending.onReady = () => {};
    this.#sweeps.close();
    this.#work.close();
    this.#subscribe?.close();
    this.#reach.stop();
    await this.#parts.client.close();
  }

  /** Since when connections may have come about that nobody noted. */
  get unknownSince(): number | undefined {
    return this.#unknownSince;
  }

  state(): EmqxLiveState {
    return {
      ...this.#reach.state,
      pending: this.#parts.pending.size,
      bans: this.#bans.size,
      ended: this.#ended,
      failed: this.#work.failed,
      subscriptions: {
        ...(this.#subscribe?.counts ?? { done: 0, gone: 0, dropped: 0 }),
        waiting: this.#subscribe?.waiting ?? 0,
      },
    };
  }

  /** Ends the connections of a device now; says how many. Rejects with `ManagementError`; nothing is left pending. */
  async kick(id: string, clientIds: readonly string[]): Promise<number> {
    let ended = 0;
    try {
      const known = clientIdsOf(id, clientIds, this.#inLine);
      const all = new Set([...known, ...(await this.#otherSessions(id, known.size))]);
      for (const clientId of all) if (await kickClient(this.#parts.client, clientId)) ended++;
    } catch (error) {
      if (isAway(error)) this.#reach.failed(error);
      throw error;
    }
    this.#ended += ended;
    return ended;
  }

  /** Something about the device changed elsewhere: it is noted and put in line. */
  look(id: string, clientIds: readonly string[], endsAnyway: boolean): void {
    this.#parts.pending.note(id, clientIds, endsAnyway).then(() => this.#lookAt(id), this.#parts.onError);
  }

  /** A device that was added in place of a removed one is kept out no longer. */
  added(id: string): void {
    const key = this.#parts.banKeys?.keyOf(id);
    if (key !== undefined && this.#bans.has(key)) this.look(id, [], false);
  }

  /** What EMQX told, each once. */
  told({ type }: NewAuditEvent, origin: EventOrigin): void {
    if (type !== "connected" || origin.clientId === undefined) return;
    const { clientId, proven } = origin;
    const deviceId = proven?.deviceId ?? this.#byToken(clientId);
    if (deviceId === undefined) return;
    this.#recent.connected(deviceId, clientId);
    // It was let in a moment before it was refused, or without asking us.
    if (this.#parts.isRefused(deviceId)) this.look(deviceId, [clientId], false);
    else this.#subscribe?.connected(origin);
  }

  /** Whoever came in without our answer, where EMQX binds tokens to client ids. */
  #byToken(clientId: string): string | undefined {
    const { banKeys, keepsOut } = this.#parts;
    return keepsOut ? banKeys?.deviceOf({ as: "clientid", who: clientId }) : undefined;
  }

  #lookAt(id: string): void {
    this.#work.look(id);
    this.#sweeps.soonIfNeeded();
  }

  #onEnded(id: string, count: number): void {
    this.#ended += count;
    this.#parts.onEnded(id, count);
  }

  #onUp(awaySince: number | undefined): void {
    const { nowMs } = this.#parts;
    // Who connected then waits for its subscription no longer.
    if (this.#subscribe && awaySince !== undefined && nowMs() - awaySince > longestWaitMs) {
      this.#unknownSince = Math.min(this.#unknownSince ?? awaySince, awaySince);
    }
    this.#work.lookAtAll();
    this.#subscribe?.go();
    void this.#catchUp();
    void this.#sweeps.now();
  }

  #otherSessions(deviceId: string, known: number): Promise<string[]> {
    const { banKeys, client } = this.#parts;
    return otherSessions({ client, deviceId, key: banKeys?.keyOf(deviceId), known });
  }

  async #catchUp(): Promise<void> {
    const { client, standingOf, onSeen, onError, onCaughtUp } = this.#parts;
    const since = this.#unknownSince;
    if (since === undefined || this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    clearTimeout(this.#catchUpTimer);
    let isWhole = false;
    try {
      isWhole = await catchUp(since, {
        client,
        standingOf,
        deviceOf: (clientId) => this.#byToken(clientId),
        onRefused: (deviceId, clientId) => this.look(deviceId, [clientId], false),
        onSeen: (deviceId, connected) => {
          this.#recent.connected(deviceId, connected.clientId);
          onSeen(deviceId, connected);
          if (connected.deviceId !== undefined) this.#subscribe?.found(connected.clientId, deviceId);
        },
      });
    } catch (error) {
      if (isAway(error)) this.#reach.failed(error);
      else onError(error);
    } finally {
      this.#isCatchingUp = false;
    }
    if (isWhole) {
      this.#unknownSince = undefined;
      onCaughtUp?.();
    } else if (!this.#closed) {
      const again = this.#parts.tuning?.catchUpAgainMs ?? catchUpAgainMs;
      this.#catchUpTimer = setTimeout(() => this.#reach.isUp && void this.#catchUp(), again).unref();
    }
  }

  async #cut({ id, clientIds }: RefusedDevice): Promise<void> {
    const known = clientIdsOf(id, clientIds, this.#inLine);
    for (const clientId of new Set([...known, ...(await this.#otherSessions(id, known.size))])) {
      if (await kickClient(this.#parts.client, clientId)) this.#onEnded(id, 1);
    }
  }
}
