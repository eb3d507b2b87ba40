import type { AuditEvent, NewAuditEvent } from "./audit-event.ts";
import { AuditGap, type AuditNote } from "./audit-gap.ts";
import type {
  AuditFilter,
  AuditHealth,
  AuditLog,
  AuditPage,
  AuditQuery,
  AuditState,
  AuditSubscription,
  ReasonCount,
} from "./audit-log.ts";
import { AuditQueue } from "./audit-queue.ts";
import { AuditThread } from "./audit-thread.ts";
import { ClockWatch } from "./clock-watch.ts";
import { EventIds } from "./event-ids.ts";
import { FlushWaiters } from "./flush-waiters.ts";
import { LiveFeed } from "./live-feed.ts";
import type { AuditLogOptions, AuditTuning } from "./open-audit-log.ts";
import { packEntry } from "./pack-entry.ts";
import { parsePosition } from "./page-position.ts";
import type { AuditLimits, AuditReport } from "./sqlite/audit-messages.ts";

type Options = Required<Omit<AuditLogOptions, "tuning">> & AuditTuning & { writer: string };

/** Entries packed and sent in one turn of the event loop. */
const perTurn = 64;
/** So many entries do not wait for more. */
const sendAt = 1024;
/** Events in one answer of the audit's thread: more take this one over a millisecond to receive. */
const perAnswer = 128;
/** Longest waits at the end, in milliseconds: for what is written, for a thread that only just started, for the file. */
const closeMs = { written: 1500, starting: 10_000, file: 500 };
/** A question waits for what was recorded before it, at most so long, in milliseconds. */
const askAfterMs = 10_000;
const sameProblemMs = 600_000;

/** Folds and queues on this thread, sends to the audit's. */
export class QueuedAuditLog implements AuditLog {
  readonly #options: Options;
  readonly #queue: AuditQueue;
  readonly #thread: AuditThread;
  readonly #ids = new EventIds();
  readonly #feed = new LiveFeed();
  readonly #clock = new ClockWatch();
  readonly #gap = new AuditGap();
  readonly #waiters = new FlushWaiters();
  readonly #problems = new Map<string, number>();
  #state: AuditState = "ready";
  #since: number;
  #detail = "";
  #size: { rows?: number; bytes?: number } = {};
  /** Lost after they were sent. */
  #lostSent = 0;
  #timer: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #sending = false;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    this.#queue = new AuditQueue({ ...options, longest: options.longestQueue });
    this.#since = options.nowMs();
    this.#thread = new AuditThread(settingsOf(options), {
      onReport: (report) => this.#onReport(report),
      onWritten: ({ lost, rows, bytes }, entries) => {
        this.#size = { rows, bytes };
        this.#lostSent += lost;
        this.#waiters.done(entries);
        const now = this.#options.nowMs();
        if (this.#queue.length < this.#options.longestQueue / 2) this.#note(this.#gap.dropped(now, this.#lost), now);
        if (this.#sending) this.#send();
      },
      onCorrupt: ({ movedTo, cause }) => {
        const detail = `The audit file was damaged (${cause}). It was moved to ${movedTo}, and a new one was begun.`;
        this.#problem(detail);
        this.record({ type: "service", reason: "audit_corrupt", detail });
      },
      onDeath: (cause, entries, lost) => {
        this.#lostSent += lost;
        this.#waiters.done(entries);
        this.#setState("unavailable", `The audit's thread stopped (${cause}); another one is started.`);
      },
    });
  }

  record(event: NewAuditEvent): void {
    if (this.#closed) return;
    const now = this.#options.nowMs();
    const setBack = this.#clock.look(now);
    if (setBack !== undefined) this.#note({ event: setBack, firstAt: now, lastAt: now }, now);
    const at = event.at !== undefined && Number.isSafeInteger(event.at) ? event.at : now;
    const id = this.#ids.next(now);
    this.#feed.tell(id, event, at);
    this.#queue.add(id, event, at, now, this.#thread.entries);
    const waiting = this.#queue.length;
    if (waiting >= sendAt && !this.#sending) this.#send();
    else if (waiting + this.#queue.late > 0) this.#sendLater();
  }

  async query(query: AuditQuery): Promise<AuditPage> {
    const { limit = 100, after } = query;
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new RangeError("limit is not one of 1 to 1000");
    if (after !== undefined) parsePosition(after);
    await this.#written(askAfterMs);
    const events: AuditEvent[] = [];
    let next = after;
    for (;;) {
      const most = Math.min(limit - events.length, perAnswer);
      const page = await this.#thread.query({ ...query, limit: most, ...(next !== undefined && { after: next }) });
      events.push(...page.events);
      next = page.next;
      if (next === undefined) return { events };
      // fewer than asked for: many rows were looked at already
      if (events.length === limit || page.events.length < most) return { events, next };
    }
  }

  async reasons({ from, until }: { from: number; until?: number }): Promise<ReasonCount[]> {
    await this.#written(askAfterMs);
    return await this.#thread.reasons(from, until ?? this.#options.nowMs() + 1);
  }

  follow(filter: AuditFilter): AuditSubscription {
    return this.#feed.follow(filter);
  }

  health(): AuditHealth {
    return {
      state: this.#state,
      since: this.#since,
      detail: this.#detail,
      queued: this.#queue.length + this.#queue.late + this.#thread.entries,
      dropped: this.#lost + this.#queue.unlisted,
      unlisted: this.#queue.unlisted,
      ...this.#size,
    };
  }

  limit({ keepFor, maxRows, maxBytes }: AuditLimits): void {
    this.#thread.limit({ keepFor, maxRows, maxBytes });
  }

  async flush(): Promise<void> {
    if (this.#queue.length + this.#queue.late + this.#thread.entries > 0) await this.#written();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#feed.close();
    const isOpen = this.#thread.isStarted && this.#state !== "starting";
    const waits = isOpen ? closeMs.written : closeMs.starting;
    if (this.#thread.isStarted || this.#queue.length + this.#queue.late > 0) await this.#written(waits);
    clearTimeout(this.#timer);
    clearInterval(this.#ticker);
    await this.#thread.close(closeMs.file);
    const left = this.#queue.length + this.#queue.late + this.#thread.entries;
    if (left > 0) this.#options.onProblem(`${left} entries of the audit could not be written before the end.`);
  }

  get #lost(): number {
    return this.#queue.lost + this.#lostSent;
  }

  /** Until all that is recorded by now is written, cannot be, or the time is over. */
  async #written(mostMs?: number): Promise<void> {
    this.#start();
    if (this.#state !== "ready" && this.#state !== "starting") return;
    const letGo = this.#thread.hold();
    this.#queue.queueLate(this.#options.nowMs(), true);
    const done = this.#waiters.wait(this.#queue.pushed, mostMs);
    this.#send();
    await done;
    letGo();
  }

  #start(): void {
    if (this.#thread.isStarted) return;
    this.#setState("starting", "The audit is being opened.");
    this.#thread.start();
    this.#ticker = setInterval(() => {
      const now = this.#options.nowMs();
      const setBack = this.#clock.look(now);
      if (setBack !== undefined) this.#note({ event: setBack, firstAt: now, lastAt: now }, now);
      this.#thread.tellNow(now);
    }, this.#options.watchMs).unref();
    this.#thread.tellNow(this.#options.nowMs());
  }

  #sendLater(): void {
    this.#timer ??= setTimeout(() => this.#send(), this.#options.flushMs).unref();
  }

  /** Sends what waits, some in each turn, as far as the thread has room. */
  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#start();
    this.#queue.queueLate(this.#options.nowMs());
    if (this.#queue.late > 0) this.#sendLater();
    this.#sending = this.#queue.length > 0;
    if (!this.#sending || !this.#thread.hasRoom || this.#state !== "ready") return;
    const entries = this.#queue.take(perTurn);
    const events = entries.reduce((sum, { count }) => sum + count, 0);
    this.#sending = this.#queue.length > 0;
    const batch = { count: entries.length, events, now: this.#options.nowMs(), more: this.#sending };
    this.#thread.send(JSON.stringify(entries.map(packEntry)), batch);
    if (this.#sending) setImmediate(() => this.#send());
  }

  #onReport({ state, detail, lastId, lastNow, rows, bytes }: AuditReport): void {
    this.#size = { rows, bytes };
    this.#ids.above(lastId);
    this.#clock.hasShown(lastNow);
    this.#setState(state, detail);
    if (state === "ready") this.#send();
  }

  #setState(state: AuditState, detail: string): void {
    const now = this.#options.nowMs();
    this.#detail = detail;
    if (state === this.#state) return;
    this.#state = state;
    this.#since = now;
    if (state === "ready") this.#note(this.#gap.end(now, this.#lost), now);
    else if (state !== "starting") {
      this.#gap.begin(now, detail, this.#lost);
      this.#problem(detail);
      this.#waiters.giveUp();
    }
  }

  #note(note: AuditNote | undefined, now: number): void {
    if (note === undefined) return;
    const id = this.#ids.next(now);
    this.#feed.tell(id, note.event, note.lastAt);
    this.#queue.addNote(id, note.event, note.firstAt, note.lastAt);
    if (!this.#closed) this.#sendLater();
  }

  /** Seldom: the same sentence not twice in ten minutes. */
  #problem(sentence: string): void {
    const now = performance.now();
    const told = this.#problems.get(sentence);
    if (told !== undefined && now - told < sameProblemMs) return;
    if (this.#problems.size > 100) this.#problems.clear();
    this.#problems.set(sentence, now);
    this.#options.onProblem(sentence);
  }
}

function settingsOf(options: Options) {
  const { file, keepFor, maxRows, maxBytes, watchMs, busyTimeoutMs, pragmas, writer } = options;
  return { file, keepFor, maxRows, maxBytes, watchMs, busyTimeoutMs, pragmas, writer };
}
