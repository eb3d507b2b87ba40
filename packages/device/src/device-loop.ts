import { connackCode } from "./connack-codes.ts";
import { type Connection, ConnectRefused, type IncomingMessage } from "./connection.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { CredentialsSource, HeldCredentials } from "./credentials-source.ts";
import type { DeviceClock } from "./device-clock.ts";
import { type CredentialsProvider, CredentialsRefused } from "./device-credentials.ts";
import * as problems from "./device-problem.ts";
import type { DeviceState } from "./device-state.ts";
import { openConnection } from "./open-connection.ts";
import type { Publisher } from "./publisher.ts";
import { type ReconnectOptions, reconnectIn } from "./reconnect-delay.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { TakeOverWatch } from "./take-over-watch.ts";
import { WakeableSleep } from "./wakeable-sleep.ts";

export interface LoopParts {
  connection: ConnectionOptions;
  reconnect: ReconnectOptions;
  provider: CredentialsProvider;
  source: CredentialsSource;
  clock: DeviceClock;
  publisher: Publisher;
  subscriptions: Subscriptions;
  random: () => number;
  /** Asks a server for the time where the device's clock is in doubt. */
  askTime: () => Promise<void>;
  onState(state: DeviceState): void;
  onProblem(problem: problems.DeviceProblem): void;
  onMessage(message: IncomingMessage): void;
}

/** How often a device that is online looks at its clock, ms. */
const lookEveryMs = 10_000;
/** How long a hand-over waits for what the broker has not acknowledged, and again for the goodbye, ms. */
const patienceMs = 2000;

/** Clock → credentials → connection → online until it ends or newer credentials are due → again. */
export class DeviceLoop {
  /** Attempts since the last connection that lasted. */
  failures = 0;
  attempts = 0;
  connects = 0;
  refreshes = 0;
  lastConnack: number | undefined;
  held: HeldCredentials | undefined;
  readonly #parts: LoopParts;
  readonly #sleep = new WakeableSleep();
  readonly #takeOvers: TakeOverWatch;
  #connection: Connection | undefined;
  #stopped = false;
  #refreshAsked = false;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#takeOvers = new TakeOverWatch(parts.reconnect.mostSeconds * 1000);
  }

  /** Resolves after `stop`. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      this.held ??= await this.#getCredentials();
      if (!this.held || this.#stopped) break;
      const connection = await this.#connect(this.held);
      if (connection) await this.#stayOnline(connection, this.held);
    }
    this.#parts.onState("stopped");
  }

  /** Says goodbye to the broker, and ends. */
  stop(): void {
    this.#stopped = true;
    this.#parts.source.stop();
    this.#sleep.wake();
  }

  /** New credentials now. */
  refresh(): void {
    this.#refreshAsked = true;
    this.#sleep.wake();
  }

  /** `undefined` after `stop`. */
  async #getCredentials(): Promise<HeldCredentials | undefined> {
    const { clock, provider, source, onState, onProblem, askTime } = this.#parts;
    while (!this.#stopped) {
      clock.look();
      if (provider.needsClock && !clock.isPlausible) await askTime();
      if (provider.needsClock && !clock.isPlausible) {
        onState("waiting for the clock");
        onProblem(problems.clockProblem);
        await this.#sleep.sleep(1000 * Math.min(++this.failures, 10));
        continue;
      }
      onState("getting credentials");
      try {
        return await source.get();
      } catch (error) {
        if (this.#stopped) break;
        onProblem(problems.tokenProblem(error, provider.name));
        await this.#waitToTryAgain(error instanceof CredentialsRefused);
      }
    }
    return undefined;
  }

  async #connect(held: HeldCredentials): Promise<Connection | undefined> {
    const { connection, source, onState, onProblem, onMessage, askTime } = this.#parts;
    onState("connecting");
    this.attempts++;
    try {
      const opened = await openConnection(connection, held, onMessage);
      this.connects++;
      this.lastConnack = 0;
      return opened;
    } catch (error) {
      onProblem(problems.connectProblem(error, connection.url));
      const refused = error instanceof ConnectRefused ? error.code : undefined;
      if (refused !== undefined) this.lastConnack = refused;
      const isCredential = refused !== undefined && connackCode(refused).isCredential;
      await this.#waitToTryAgain(refused !== undefined);
      if (isCredential && !this.#stopped) await askTime();
      // The same token again is no use; one that is still good is not asked for again because a network is down.
      if (isCredential || source.isDue(held)) this.held = undefined;
      return undefined;
    }
  }

  /** Until the connection ends; `held` is then what the next one is made with. */
  async #stayOnline(connection: Connection, held: HeldCredentials): Promise<void> {
    const { clock, publisher, subscriptions, source, onState, onProblem } = this.#parts;
    const sinceMs = clock.monotonicMs();
    let hasEnded = false;
    void connection.ended.then(() => {
      hasEnded = true;
      publisher.close();
      subscriptions.close();
      this.#sleep.wake();
    });
    onState("connected");
    void subscriptions.open(connection, (refused) => onProblem(problems.subscriptionProblem(refused)));
    publisher.open(connection);

    let askAgainAtMs = 0;
    let next: HeldCredentials | undefined;
    while (!hasEnded && !this.#stopped && next === undefined) {
      const stepMs = clock.look();
      if (stepMs !== 0) {
        onProblem(problems.clockSteppedProblem(stepMs));
        connection.check(this.#parts.connection.timeoutSeconds * 1000);
      }
      const nowMs = clock.monotonicMs();
      if (nowMs - sinceMs >= 1000 * this.#parts.reconnect.mostSeconds) this.failures = 0;
      if ((this.#refreshAsked || source.isDue(held)) && nowMs >= askAgainAtMs) {
        try {
          next = await source.get();
        } catch (error) {
          if (hasEnded || this.#stopped) break;
          onProblem(problems.tokenProblem(error, this.#parts.provider.name));
          askAgainAtMs = clock.monotonicMs() + 1000 * this.#nextDelay(error instanceof CredentialsRefused);
        }
        continue;
      }
      const dueMs = this.#refreshAsked ? askAgainAtMs : Math.max(held.refreshAtMs, askAgainAtMs);
      await this.#sleep.sleep(Math.max(0, Math.min(lookEveryMs, dueMs - nowMs)));
    }
    this.#refreshAsked &&= next === undefined;

    if (!hasEnded && (next !== undefined || this.#stopped)) {
      if (next !== undefined) onState("refreshing");
      await publisher.drain(patienceMs);
      subscriptions.close();
      await connection.end(patienceMs);
      this.refreshes += Number(next !== undefined && !this.#stopped);
      this.held = next;
      return;
    }
    const { error, code } = await connection.ended;
    const livedMs = clock.monotonicMs() - sinceMs;
    const isExpiry = held.expiresAt !== undefined && clock.nowSeconds() >= held.expiresAt - 1;
    this.held = next ?? (source.isDue(held) ? undefined : held);
    const isTakenOver = this.#takeOvers.ended({ code, livedMs, isExplained: isExpiry || error !== undefined });
    onProblem(isTakenOver ? problems.takenOverProblem(code) : problems.endedProblem(error, code));
    await this.#waitToTryAgain(isTakenOver);
  }

  async #waitToTryAgain(slower: boolean): Promise<void> {
    if (this.#stopped) return;
    this.#parts.onState("waiting to try again");
    await this.#sleep.sleep(1000 * this.#nextDelay(slower));
  }

  #nextDelay(slower: boolean): number {
    return reconnectIn(++this.failures, slower, this.#parts.reconnect, this.#parts.random());
  }
}
