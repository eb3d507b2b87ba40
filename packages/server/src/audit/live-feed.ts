import type { AuditEvent, NewAuditEvent } from "./audit-event.ts";
import type { AuditFilter, AuditSubscription, Missed } from "./audit-log.ts";
import { cleanEvent } from "./clean-event.ts";

/** Events that wait for one reader, at most. */
const longestQueue = 1000;

/** Passes events to who follows them, as they happen. */
export class LiveFeed {
  readonly #subscriptions = new Set<LiveSubscription>();
  #closed = false;

  follow(filter: AuditFilter): AuditSubscription {
    const subscription = new LiveSubscription(filter, () => this.#subscriptions.delete(subscription));
    if (this.#closed) subscription.close();
    else this.#subscriptions.add(subscription);
    return subscription;
  }

  /** @param at Unix milliseconds */
  tell(id: number, event: NewAuditEvent, at: number): void {
    if (this.#subscriptions.size === 0) return;
    let told: AuditEvent | undefined;
    for (const subscription of this.#subscriptions) {
      if (!subscription.wants(event)) continue;
      told ??= happenedOnce(id, event, at);
      subscription.push(told);
    }
  }

  close(): void {
    this.#closed = true;
    for (const subscription of [...this.#subscriptions]) subscription.close();
  }
}

class LiveSubscription implements AuditSubscription, AsyncIterator<AuditEvent | Missed> {
  readonly #filter: AuditFilter;
  readonly #onClose: () => void;
  readonly #queue: (AuditEvent | Missed)[] = [];
  #missed = 0;
  #closed = false;
  #waiting: ((result: IteratorResult<AuditEvent | Missed>) => void)[] = [];

  constructor(filter: AuditFilter, onClose: () => void) {
    this.#filter = filter;
    this.#onClose = onClose;
  }

  wants(event: NewAuditEvent): boolean {
    const { types, deviceId, clientId, broker, result, reason } = this.#filter;
    return (
      (types === undefined || types.includes(event.type)) &&
      (deviceId === undefined || event.deviceId === deviceId) &&
      (clientId === undefined || event.clientId === clientId) &&
      (broker === undefined || event.broker === broker) &&
      (result === undefined || event.result === result) &&
      (reason === undefined || event.reason === reason)
    );
  }

  push(event: AuditEvent): void {
    const reader = this.#waiting.shift();
    if (reader !== undefined) reader({ value: event, done: false });
    else if (this.#queue.length >= longestQueue) this.#missed++;
    else {
      this.#tellMissed(); // where they are missing: after what came before them
      this.#queue.push(event);
    }
  }

  next(): Promise<IteratorResult<AuditEvent | Missed>> {
    if (this.#queue.length === 0) this.#tellMissed();
    const value = this.#queue.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<AuditEvent | Missed>> {
    this.#queue.length = 0;
    this.#missed = 0;
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** What waits can still be read. */
  close(): void {
    this.#closed = true;
    this.#onClose();
    for (const reader of this.#waiting.splice(0)) reader({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): AsyncIterator<AuditEvent | Missed> {
    return this;
  }

  #tellMissed(): void {
    if (this.#missed === 0) return;
    this.#queue.push({ missed: this.#missed });
    this.#missed = 0;
  }
}

function happenedOnce(id: number, event: NewAuditEvent, at: number): AuditEvent {
  const { at: _, token, ...rest } = cleanEvent(event);
  return {
    id,
    ...rest,
    firstAt: at,
    lastAt: at,
    count: 1,
    ...(token && { token: { ...token, ...(token.iat !== undefined && { firstIat: token.iat }) } }),
  };
}
