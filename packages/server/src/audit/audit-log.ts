import type { AuditEvent, AuditType, NewAuditEvent } from "./audit-event.ts";

/** Which events: every member that is there has to fit. */
export interface AuditFilter {
  types?: readonly AuditType[];
  deviceId?: string;
  clientId?: string;
  broker?: string;
  result?: "allow" | "deny";
  reason?: string;
}

export interface AuditQuery extends AuditFilter {
  /** Unix milliseconds: events whose last time is at or after it. */
  from?: number;
  /** Unix milliseconds: events whose last time is before it. */
  until?: number;
  /** `next` of the page before. Throws RangeError when it is none. */
  after?: string;
  /** 1 to 1000, default 100. */
  limit?: number;
}

/** Newest first, by `lastAt`. */
export interface AuditPage {
  events: AuditEvent[];
  /** There are more; give it as `after`. */
  next?: string;
}

/** How often a refusal happened, and to whom. */
export interface ReasonCount {
  type: AuditType;
  reason: string;
  /** Times since the asked time; exact to the hour for rows that are older. */
  count: number;
  /** Different devices (or client ids, where no device is known), at least. */
  devices: number;
  /** Some of them, those refused most first: at most 5. */
  examples: readonly { deviceId?: string; clientId?: string; count: number }[];
  lastAt: number;
}

export type AuditState = "ready" | "starting" | "full" | "read-only" | "corrupt" | "unavailable";

export interface AuditHealth {
  state: AuditState;
  /** Unix milliseconds of the last change of `state`. */
  since: number;
  /** One sentence for the operator; empty when ready. */
  detail: string;
  /** Events that wait to be written; bounded. */
  queued: number;
  /** Events without a line of their own since the start: lost, as the queue was full, or `unlisted`. */
  dropped: number;
  /** Of these, events that came faster than lines are written: nothing is lost but who it was. 0 when absent. */
  unlisted?: number;
  rows?: number;
  bytes?: number;
}

/** Thrown (rejected) by `query` and `reasons` while the audit cannot be read. */
export class AuditUnavailable extends Error {
  override name = "AuditUnavailable";
}

/**
 * What happened, kept. `record` never throws, waits or fails a decision: it folds and queues; a worker thread writes,
 * about half a second later or as soon as many wait. What waits is lost when the process is killed.
 * Whatever is lost is counted, and told as a `service` event when the audit is back.
 */
export interface AuditLog {
  record(event: NewAuditEvent): void;
  query(query: AuditQuery): Promise<AuditPage>;
  reasons(range: { from: number; until?: number }): Promise<ReasonCount[]>;
  /** Follows what happens from now on. */
  follow(filter: AuditFilter): AuditSubscription;
  health(): AuditHealth;
  /** Keeps no more than this from now on; `keepFor` in seconds. */
  limit(limits: { keepFor: number; maxRows: number; maxBytes: number }): void;
  /** Resolves when everything recorded so far is written, or cannot be. */
  flush(): Promise<void>;
  /** Writes what waits, at most for two seconds once the audit is open, and closes. */
  close(): Promise<void>;
}

/** A note in the stream: so many events were left out, as they were not read in time. */
export interface Missed {
  missed: number;
}

/**
 * Live events for one reader, each time one happens (not folded: `count` is 1). At most 1000 wait for a reader that is
 * slow; more are left out and counted. Ends when closed, by the reader or with the audit.
 */
export interface AuditSubscription extends AsyncIterable<AuditEvent | Missed> {
  close(): void;
}
