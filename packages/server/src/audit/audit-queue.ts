import type { NewAuditEvent } from "./audit-event.ts";
import { type Fold, FoldOf, refusalFoldMs } from "./fold-of.ts";
import { RecentMap } from "./recent-map.ts";
import { RowBudget } from "./row-budget.ts";
import { type UnlistedSum, UnlistedSums } from "./unlisted-sums.ts";

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
  /** Events that are not told one by one, this entry's among them. */
  unlisted?: UnlistedSum;
}

type Login = Pick<QueuedEntry, "id"> & Record<"broker" | "keyId" | "clientId", string | undefined> & { at: number };

export interface AuditQueueOptions {
  isKnown(deviceId: string): boolean;
  /** Entries that wait, at most. */
  longest: number;
  /** New rows per second, at most, after so many at once; for refusals, and again for all else. */
  rowsPerSecond: number;
  rowsAtOnce: number;
  /** Rows that are there and grow, in the same way; what is more waits, as long as half of `longest` has room for it. */
  growthsPerSecond: number;
  growthsAtOnce: number;
}

/** Brokers ask again for the same login when a connection to us failed. */
const sameLoginMs = 10_000;

/** Folds what comes into few entries, and holds them until they are taken. Bounded; what finds no room is counted. */
export class AuditQueue {
  readonly #longest: number;
  readonly #foldOf: FoldOf;
  /** Apart, so that a storm of logins hides no refusal, and the other way round. */
  readonly #budgets: Record<"refusals" | "others" | "growths", RowBudget>;
  readonly #sums = new UnlistedSums();
  readonly #open = new Map<string, QueuedEntry>();
  /** Open refusals by device: they end when it is let in. */
  readonly #refused = new Map<string, Set<string>>();
  /** Fold keys that have a row already, as far as remembered. */
  readonly #written = new RecentMap<true>(8000);
  /** Devices with a refusal that is written and not ended, as far as remembered. */
  readonly #refusedBefore = new RecentMap<true>(8000);
  /** Last login that is listed, by device. */
  readonly #logins = new RecentMap<Login>(8000);
  #entries: QueuedEntry[] = [];
  #taken = 0;
  /** What has a row that grows too fast, in order; each goes on growing here. */
  readonly #late = new Set<QueuedEntry>();
  #pushed = 0;
  #lost = 0;
  #unlisted = 0;

  constructor(options: AuditQueueOptions) {
    this.#longest = options.longest;
    this.#foldOf = new FoldOf(options.isKnown);
    const rows = { perSecond: options.rowsPerSecond, atOnce: options.rowsAtOnce };
    const growths = { perSecond: options.growthsPerSecond, atOnce: options.growthsAtOnce };
    this.#budgets = { refusals: new RowBudget(rows), others: new RowBudget(rows), growths: new RowBudget(growths) };
  }

  get length(): number {
    return this.#entries.length - this.#taken;
  }

  /** Entries that wait until rows may grow again. */
  get late(): number {
    return this.#late.size;
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
    const isLogin = event.type === "connect" && event.result === "allow";
    const device = isLogin ? event.deviceId : undefined;
    const endsRefusal = device !== undefined && this.#endRefusals(device);
    const row = device === undefined ? undefined : this.#sameLogin(event, device, at);
    const fold = isLogin ? undefined : this.#foldOf.of(event, at);
    const known = fold && this.#open.get(fold.key);
    if (known !== undefined) {
      grow(known, event, at);
      return;
    }
    const hasRoom = this.length + this.#late.size + elsewhere < this.#longest;
    const grows = row !== undefined || (fold !== undefined && this.#written.get(fold.key) !== undefined);
    const isWithinBudget = hasRoom && this.#isWithinBudget(event, fold, grows, endsRefusal, now);
    const isLate = !isWithinBudget && hasRoom && grows && fold !== undefined && this.#late.size < this.#longest / 2;
    if (!isWithinBudget && !isLate) {
      this.#addUnlisted(id, event, at, now, hasRoom);
      return;
    }
    const entry: QueuedEntry = { id, event, firstAt: at, lastAt: at, count: 1 };
    if (row !== undefined) entry.row = row;
    else if (device !== undefined) this.#rememberLogin(id, event, device, at);
    if (isLate) this.#pushLate(entry, fold);
    else this.#push(entry, fold);
  }

  /** Queues what was late, as far as rows may grow by now, or all of it. */
  queueLate(now: number, all = false): void {
    for (const entry of this.#late) {
      if (!all && !this.#budgets.growths.take(now)) return;
      this.#queueNow(entry);
    }
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
    for (const { fold, event, unlisted } of taken) {
      if (fold === undefined) continue;
      this.#open.delete(fold.key);
      if (unlisted !== undefined) {
        unlisted.entry = undefined;
        continue;
      }
      this.#written.set(fold.key, true);
      if (event.deviceId === undefined || !this.#closeRefusal(event.deviceId, fold.key)) continue;
      this.#refusedBefore.set(event.deviceId, true);
    }
    return taken;
  }

  #push(entry: QueuedEntry, fold: Fold | undefined): void {
    this.#begin(entry, fold);
    this.#entries.push(entry);
    this.#pushed++;
  }

  #pushLate(entry: QueuedEntry, fold: Fold): void {
    this.#begin(entry, fold);
    this.#late.add(entry);
  }

  #queueNow(entry: QueuedEntry): void {
    this.#late.delete(entry);
    this.#entries.push(entry);
    this.#pushed++;
  }

  /** From now on the same events make it grow. */
  #begin(entry: QueuedEntry, fold: Fold | undefined): void {
    const { event } = entry;
    if (event.token?.iat !== undefined) entry.firstIat = event.token.iat;
    if (fold === undefined) return;
    entry.fold = fold;
    this.#open.set(fold.key, entry);
    if (event.deviceId !== undefined && (event.type === "connect" || event.type === "connack"))
      this.#openRefusal(event.deviceId, fold.key);
  }

  #isWithinBudget(
    { type }: NewAuditEvent,
    fold: Fold | undefined,
    grows: boolean,
    endsRefusal: boolean,
    now: number,
  ): boolean {
    if (type === "change" || type === "service") return true; // people and we ourselves are not that fast
    if (grows) return this.#budgets.growths.take(now);
    return this.#budgets[fold !== undefined || endsRefusal ? "refusals" : "others"].take(now);
  }

  #addUnlisted(id: number, event: NewAuditEvent, at: number, now: number, hasRoom: boolean): void {
    const sum = this.#sums.of(event, now);
    const open = sum.entry ?? this.#open.get(sum.key);
    if (open === undefined && !hasRoom) {
      this.#lost++;
      return;
    }
    this.#unlisted++;
    sum.count++;
    if (open !== undefined) {
      grow(open, sum.event, at);
      return;
    }
    sum.entry = { id, event: sum.event, firstAt: at, lastAt: at, count: 1, unlisted: sum };
    this.#push(sum.entry, { key: sum.key, forMs: refusalFoldMs });
  }

  /** Id of the row of a login that a broker asks for again. */
  #sameLogin({ broker, keyId, clientId }: NewAuditEvent, deviceId: string, at: number): number | undefined {
    const first = this.#logins.get(deviceId);
    const isSame = first?.clientId === clientId && first?.broker === broker && first?.keyId === keyId;
    return first === undefined || !isSame || Math.abs(at - first.at) > sameLoginMs ? undefined : first.id;
  }

  #rememberLogin(id: number, { broker, keyId, clientId }: NewAuditEvent, deviceId: string, at: number): void {
    this.#logins.set(deviceId, { id, at, broker, keyId, clientId });
  }

  #openRefusal(deviceId: string, key: string): void {
    const keys = this.#refused.get(deviceId);
    if (keys === undefined) this.#refused.set(deviceId, new Set([key]));
    else keys.add(key);
  }

  /** @returns whether it was open */
  #closeRefusal(deviceId: string, key: string): boolean {
    const keys = this.#refused.get(deviceId);
    if (keys === undefined || !keys.delete(key)) return false;
    if (keys.size === 0) this.#refused.delete(deviceId);
    return true;
  }

  /** @returns whether the device was refused before, as far as remembered */
  #endRefusals(deviceId: string): boolean {
    const wasWritten = this.#refusedBefore.delete(deviceId);
    const keys = this.#refused.size === 0 ? undefined : this.#refused.get(deviceId);
    if (keys === undefined) return wasWritten;
    this.#refused.delete(deviceId);
    for (const key of keys) {
      const entry = this.#open.get(key);
      // The login ends what is written before it.
      if (entry !== undefined && this.#late.has(entry)) this.#queueNow(entry);
      this.#open.delete(key);
    }
    return true;
  }
}

function grow(entry: QueuedEntry, event: NewAuditEvent, at: number): void {
  entry.event = event;
  entry.count++;
  entry.lastAt = Math.max(entry.firstAt, at);
}
