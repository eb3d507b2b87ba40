/** Kinds of events as EMQX names them; `other` is what is of no interest. */
export const eventKinds = [
  "connected",
  "disconnected",
  "connack",
  "check_authn_complete",
  "check_authz_complete",
  "other",
] as const;
export type EventKind = (typeof eventKinds)[number];

/** What a broker told since the start, and whether it tells anything at all. */
export class EventCounts {
  readonly #kinds = new Map<string, number>(eventKinds.map((kind) => [kind, 0]));
  /** Sent again by the broker, and kept once. */
  doubled = 0;
  /** More than there was time for. */
  leftOut = 0;
  #lastAt: number | undefined;
  #silentSince: number | undefined;

  /** By kind; every kind is there. */
  get kinds(): ReadonlyMap<string, number> {
    return this.#kinds;
  }

  /** When the last came, in Unix milliseconds. */
  get lastAt(): number | undefined {
    return this.#lastAt;
  }

  /** When a login was allowed after which nothing was told; an event should follow each at once. Unix milliseconds. */
  get silentSince(): number | undefined {
    return this.#silentSince;
  }

  came(kind: string, count: number, now: number): void {
    if (count === 0) return;
    const known = this.#kinds.has(kind) ? kind : "other";
    this.#kinds.set(known, (this.#kinds.get(known) ?? 0) + count);
    this.#lastAt = now;
    this.#silentSince = undefined;
  }

  /** The broker was told that somebody may connect. */
  allowed(now: number): void {
    this.#silentSince ??= now;
  }
}
