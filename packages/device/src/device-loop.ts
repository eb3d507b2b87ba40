import { awaitCredentials } from "./await-credentials.ts";
import { connackCode } from "./connack-code.ts";
import { type Connection, type ConnectionEnd, ConnectRefused } from "./connection.ts";
import { connectionVerdict } from "./connection-verdict.ts";
import type { HeldCredentials } from "./credentials-source.ts";
import { connectProblem } from "./device-problem.ts";
import { type LoopParts, waitToTryAgain } from "./loop-parts.ts";
import { OnlinePhase } from "./online-phase.ts";
import { TakeOverWatch } from "./take-over-watch.ts";

/** How long a hand-over waits for what the broker has not acknowledged, and again for the goodbye, ms. */
const patienceMs = 2000;
/** A broker's clock may be ahead so far, and nobody has to see to it, seconds. */
const clocksDifferSeconds = 2;

/** Credentials → connection → online until it ends or newer credentials are there → again. */
export class DeviceLoop {
  held: HeldCredentials | undefined;
  readonly #parts: LoopParts;
  readonly #stopping = new AbortController();
  readonly #takeOvers: TakeOverWatch;
  #phase: OnlinePhase | undefined;
  #isRefreshAsked = false;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#takeOvers = new TakeOverWatch(parts.lastingMs);
  }

  /** Resolves after `stop`. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    const { source } = this.#parts;
    while (!signal.aborted) {
      // One that is still good is not asked for again because a network is down.
      if (!this.held || source.isExpired(this.held)) await this.#getFirst(signal);
      if (!this.held) break;
      const connection = await this.#connect(this.held, signal);
      if (connection) await this.#stayOnline(connection, this.held, signal);
    }
  }

  /** Says goodbye to the broker, and ends. */
  stop(): void {
    this.#stopping.abort(new Error("the device was stopped"));
    this.#parts.pause.wake();
    this.#phase?.wake();
  }

  /** New credentials as soon as there is a connection. */
  refresh(): void {
    this.#isRefreshAsked = true;
    this.#phase?.wake();
  }

  async #getFirst(stop: AbortSignal): Promise<void> {
    this.held = await awaitCredentials(this.#parts, stop);
    // These are new.
    this.#isRefreshAsked = false;
  }

  async #connect(held: HeldCredentials, stop: AbortSignal): Promise<Connection | undefined> {
    const { open, connection, clock, history, connecting, onState, onProblem, onMessage } = this.#parts;
    onState("connecting");
    history.attempted(clock.monotonicMs());
    try {
      const opened = await open(connection, held, onMessage, stop);
      history.lastConnack = 0;
      history.connects++;
      return opened;
    } catch (error) {
      if (stop.aborted) return undefined;
      onProblem(connectProblem(error, connection.url));
      const code = error instanceof ConnectRefused ? error.code : undefined;
      if (code !== undefined) history.lastConnack = code;
      if (code !== undefined && connackCode(code).isCredential) {
        // The same token again is no use, and it may be the clock it was made by.
        this.held = undefined;
        clock.doubt();
      }
      await waitToTryAgain(this.#parts, connecting.failed(code !== undefined));
      return undefined;
    }
  }

  async #stayOnline(connection: Connection, held: HeldCredentials, stop: AbortSignal): Promise<void> {
    const { publisher, subscriptions, history, connecting, clock, onState } = this.#parts;
    const sinceMs = clock.monotonicMs();
    void connection.ended.then(() => {
      publisher.close(connection);
      subscriptions.close(connection);
    });
    onState("connected");
    subscriptions.open(connection);
    publisher.open(connection);
    this.#phase = new OnlinePhase(this.#parts, connection, held, () => this.#isRefreshAsked);
    const outcome = await this.#phase.run(stop);
    this.#phase = undefined;
    const livedMs = clock.monotonicMs() - sinceMs;
    if (outcome.kind === "ended") return this.#hasEnded(outcome.end, livedMs, held);

    if (outcome.kind === "refreshed") {
      this.held = outcome.next;
      this.#isRefreshAsked = false;
      onState("refreshing");
      await publisher.drain(patienceMs);
    } else await publisher.flush(patienceMs);
    subscriptions.close(connection);
    await connection.end(patienceMs);
    history.ended(outcome.kind, livedMs);
    connecting.reset();
    this.#takeOvers.reset();
  }

  /** Not by our doing. */
  async #hasEnded(end: ConnectionEnd, livedMs: number, held: HeldCredentials): Promise<void> {
    const { source, history, connecting, lastingMs, onProblem } = this.#parts;
    const isExpiry = source.isExpired(held, clocksDifferSeconds);
    const isTakenOver = this.#takeOvers.ended({ end, livedMs, isExplained: isExpiry });
    const verdict = connectionVerdict(end, { isTakenOver, isExpiry });
    history.ended(verdict.kind, livedMs, end.code);
    onProblem(verdict.problem);
    if (verdict.dropsCredentials) this.held = undefined;
    // What a device could not help is no failure of the next attempt.
    if (livedMs >= lastingMs || verdict.kind === "expired") connecting.reset();
    await waitToTryAgain(this.#parts, connecting.failed(verdict.slower));
  }
}
