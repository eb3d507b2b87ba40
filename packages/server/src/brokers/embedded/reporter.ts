import type { EmbeddedBrokerEvent, GuardName } from "./embedded-broker-event.ts";
import { printable } from "./printable.ts";

const guardEventIntervalMs = 1_000;

interface Source {
  client: { id: string | null };
  peerHost: string;
  /** For the operator: what went wrong. */
  detail?: string;
}

/** Counts everything and passes events on. A listener that throws is counted, never felt by a client. */
export class Reporter {
  readonly #onEvent: ((event: EmbeddedBrokerEvent) => void) | undefined;
  readonly #nowMs: () => number;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #counts = new Map<string, number>();
  readonly #guards = new Map<GuardName, { lastMs: number; times: number }>();

  constructor(
    onEvent: ((event: EmbeddedBrokerEvent) => void) | undefined,
    nowMs: () => number,
    onError?: (error: unknown) => void,
  ) {
    this.#onEvent = onEvent;
    this.#nowMs = nowMs;
    this.#onError = onError;
  }

  count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  report(event: EmbeddedBrokerEvent): void {
    if (event.type !== "guard") this.count(event.type);
    this.#tell(event);
  }

  /**
   * Counts a guard that did its work as `guard.<name>`; tells the listener at most once a second for each guard, and
   * with it of the error that was behind it.
   */
  trip(guard: GuardName, source?: Source, error?: unknown): void {
    this.count(`guard.${guard}`);
    const state = this.#guards.get(guard) ?? { lastMs: Number.NEGATIVE_INFINITY, times: 0 };
    this.#guards.set(guard, state);
    state.times++;
    const now = this.#nowMs();
    // A clock that was set back must not silence a guard.
    if (now - state.lastMs < guardEventIntervalMs && now >= state.lastMs) return;
    const event: EmbeddedBrokerEvent = { type: "guard", guard, times: state.times };
    if (source !== undefined) {
      event.peerHost = source.peerHost;
      if (source.detail !== undefined) event.detail = printable(source.detail);
      if (source.client.id !== null) event.clientId = printable(source.client.id);
    }
    state.lastMs = now;
    state.times = 0;
    this.#tell(event);
    if (error !== undefined) this.#tellError(error);
  }

  counters(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  #tell(event: EmbeddedBrokerEvent): void {
    try {
      this.#onEvent?.(event);
    } catch (error) {
      // No event: telling a listener that throws about its own throwing would not end.
      this.count("guard.listener_error");
      this.#tellError(error);
    }
  }

  #tellError(error: unknown): void {
    try {
      this.#onError?.(error);
    } catch {
      this.count("guard.listener_error");
    }
  }
}
