import type { NewAuditEvent } from "./audit-event.ts";
import { type Fold, FoldOf, isRefusal, refusalFoldMs } from "./fold-of.ts";
import { RecentMap } from "./recent-map.ts";
import { RowBudget } from "./row-budget.ts";

/** What waits to be written: one event, or several that are the same. */
export interface QueuedEntry {
  id: number;
  /** The last of them. */
  event: NewAuditEvent;
  firstAt: number;
  lastAt: number;
  count: number;
  fold?: Fold;
  /** `iat` of the first. */
  firstIat?: number;
  /** Id of the row of an earlier login that is the same. */
  row?: number;
  /** Events of this second that are not told one by one, this entry's among them. */
  unlisted?: { count: number };
}

type Login = Pick<QueuedEntry, "id"> & Record<"broker" | "keyId" | "clientId", string | undefined> & { at: number };

export interface AuditQueueOptions {
  isKnown(deviceId: string): boolean;
  /** Entries that wait, at most. */
  longest: number;
  /** New rows per second, at most. */
  rowsPerSecond: number;
}

/** Brokers ask again for the same login when a connection to us failed. */
const sameLoginMs = 10_000;

/** Folds what comes into few entries, and holds them until they are taken. Bounded; what finds no room is counted. */
export class AuditQueue {
  readonly #longest: number;
  readonly #foldOf: FoldOf;
  readonly #budget: RowBudget;
  readonly #open = new Map<string, QueuedEntry>();
  /** Open refusals by device: they end when it is let in. */
  readonly #refused = new Map<string, Set<string>>();
  /** Fold keys that have a row already, as far as remembered. */
  readonly #written = new RecentMap<true>(8000);
  /** Last login by device. */
  readonly #logins = new RecentMap<Login>(8000);
  #entries: QueuedEntry[] = [];
  #taken = 0;
  #pushed = 0;
  #lost = 0;
  #unlisted = 0;

  constructor({ isKnown, longest, rowsPerSecond }: AuditQueueOptions) {
    this.#longest = longest;
    this.#foldOf = new FoldOf(isKnown);
    this.#budget = new RowBudget(rowsPerSecond);
  }

  get length(): number {
    return this.#entries.length - this.#taken;
  }

  /** Entries that were ever queued. */
  get pushed(): number {
    return this.#pushed;
  }

  /** Events that found no room. */
  get lost(): number {
    return this.#lost;
  }

  /** Events that came faster than rows are written, and are in the sum of their second only. */
  get unlisted(): number {
    return this.#unlisted;
  }

  /**
   * @param at when it happened, `now` when it was told: Unix milliseconds
   * @param elsewhere entries that were taken and still count for the bound
   */
  add(id: number, event: NewAuditEvent, at: number, now: number, elsewhere: number): void {
    if (event.type === "connect" && event.result === "allow" && event.deviceId !== undefined) {
      this.#endRefusals(event.deviceId);
      if (this.#isSameLogin(id, event, event.deviceId, at, elsewhere)) return;
    }
    const fold = this.#foldOf.of(event, at);
    const known = fold && this.#open.get(fold.key);
    if (known !== undefined) grow(known, event, at);
    else if (!this.#hasRoom(elsewhere)) this.#lost++;
    else if (this.#isWithinBudget(event, fold, now)) this.#push({ id, event, firstAt: at, lastAt: at, count: 1 }, fold);
    else this.#addUnlisted(id, event, at, now);
  }

  /** Queues what has to be known, also of a longer time, whatever the bounds. */
  addNote(id: number, event: NewAuditEvent, firstAt: number, lastAt: number): void {
    this.#push({ id, event, firstAt, lastAt: Math.max(firstAt, lastAt), count: 1 }, undefined);
  }

  /** Takes the oldest out; they do not grow any more. */
  take(most: number): QueuedEntry[] {
    const taken = this.#entries.slice(this.#taken, this.#taken + most);
    this.#taken += taken.length;
    // moving the rest up costs with its length, so not each time
    if (this.#taken === this.#entries.length || this.#taken > 1024) {
      this.#entries = this.#entries.slice(this.#taken);
      this.#taken = 0;
    }
    for (const { fold, event } of taken) {
      if (fold === undefined) continue;
      this.#open.delete(fold.key);
      this.#written.set(fold.key, true);
      if (event.deviceId !== undefined) this.#closeRefusal(event.deviceId, fold.key);
    }
    return taken;
  }

  #push(entry: QueuedEntry, fold: Fold | undefined): void {
    const { event } = entry;
    if (event.token?.iat !== undefined) entry.firstIat = event.token.iat;
    if (fold !== undefined) {
      entry.fold = fold;
      this.#open.set(fold.key, entry);
      if (event.deviceId !== undefined && (event.type === "connect" || event.type === "connack"))
        this.#openRefusal(event.deviceId, fold.key);
    }
    this.#entries.push(entry);
    this.#pushed++;
  }

  #hasRoom(elsewhere: number): boolean {
    return this.length + elsewhere < this.#longest;
  }

  #isWithinBudget({ type }: NewAuditEvent, fold: Fold | undefined, now: number): boolean {
    if (type === "change" || type === "service") return true; // people and we ourselves are not that fast
    if (fold !== undefined && this.#written.get(fold.key) !== undefined) return true; // no new row
    return this.#budget.take(now);
  }

  #addUnlisted(id: number, event: NewAuditEvent, at: number, now: number): void {
    this.#unlisted++;
    const { type, result, broker, reason } = event;
    const ofSum = {
      type,
      ...(broker !== undefined && { broker }),
      ...(result !== undefined && { result }),
      ...(reason !== undefined && { reason }),
    };
    const second = isRefusal(event) ? "" : Math.floor(now / 1000);
    const key = `more\n${type}\n${result}\n${broker}\n${reason}\n${second}`;
    const unlisted = this.#budget.unlisted(key);
    unlisted.count++;
    const open = this.#open.get(key);
    if (open !== undefined) grow(open, ofSum, at);
    else this.#push({ id, event: ofSum, firstAt: at, lastAt: at, count: 1, unlisted }, { key, forMs: refusalFoldMs });
  }

  /** Counts a login that a broker asked for twice with the first one. */
  #isSameLogin(id: number, event: NewAuditEvent, deviceId: string, at: number, elsewhere: number): boolean {
    const { broker, keyId, clientId } = event;
    const first = this.#logins.get(deviceId);
    const isSame = first?.clientId === clientId && first?.broker === broker && first?.keyId === keyId;
    if (first === undefined || !isSame || Math.abs(at - first.at) > sameLoginMs) {
      this.#logins.set(deviceId, { id, at, broker, keyId, clientId });
      return false;
    }
    if (this.#hasRoom(elsewhere))
      this.#push({ id, event, firstAt: at, lastAt: at, count: 1, row: first.id }, undefined);
    else this.#lost++;
    return true;
  }

  #openRefusal(deviceId: string, key: string): void {
    const keys = this.#refused.get(deviceId);
    if (keys === undefined) this.#refused.set(deviceId, new Set([key]));
    else keys.add(key);
  }

  #closeRefusal(deviceId: string, key: string): void {
    const keys = this.#refused.get(deviceId);
    keys?.delete(key);
    if (keys?.size === 0) this.#refused.delete(deviceId);
  }

  #endRefusals(deviceId: string): void {
    const keys = this.#refused.get(deviceId);
    if (keys === undefined) return;
    this.#refused.delete(deviceId);
    for (const key of keys) this.#open.delete(key);
  }
}

function grow(entry: QueuedEntry, event: NewAuditEvent, at: number): void {
  entry.event = event;
  entry.count++;
  entry.lastAt = Math.max(entry.firstAt, at);
}
