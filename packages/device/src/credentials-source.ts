import type { DeviceClock } from "./device-clock.ts";
import { type CredentialsProvider, checkCredentials, type DeviceCredentials } from "./device-credentials.ts";
import { type RefreshOptions, refreshIn } from "./refresh-time.ts";

/** Credentials, and when to have newer ones. */
export interface HeldCredentials extends DeviceCredentials {
  /** Milliseconds of the monotonic clock. */
  gotAtMs: number;
  refreshAtMs: number;
}

export interface CredentialsSourceOptions {
  provider: CredentialsProvider;
  clientId: string | undefined;
  timeoutSeconds: number;
  refresh: RefreshOptions;
  clock: DeviceClock;
  random: () => number;
}

/** Asks the provider, bounded in time, and judges how long its answer is good. */
export class CredentialsSource {
  readonly #options: CredentialsSourceOptions;
  #clientId: string | undefined;
  #asking: AbortController | undefined;

  constructor(options: CredentialsSourceOptions) {
    this.#options = options;
    this.#clientId = options.clientId;
  }

  /**
   * New credentials. They are for the client id of the first ones: a device that changes it loses its session. Rejects with
   * what the provider says, `CredentialsRefused` where its answer is no use, or that it took too long.
   */
  async get(): Promise<HeldCredentials> {
    const { provider, timeoutSeconds, clock, refresh, random } = this.#options;
    const asking = new AbortController();
    this.#asking = asking;
    const late = new Error(`no answer within ${timeoutSeconds} s`);
    const timer = setTimeout(() => asking.abort(late), timeoutSeconds * 1000);
    try {
      const aborted = new Promise<never>((_resolve, reject) => {
        asking.signal.addEventListener("abort", () => reject(asking.signal.reason), { once: true });
      });
      const request = {
        nowSeconds: clock.nowSeconds(),
        clientId: this.#clientId,
        signal: asking.signal,
        heardTime: (serverMs: number) => clock.heardTime(serverMs),
      };
      // The race also ends where a provider does not look at its signal.
      const given = await Promise.race([provider.get(request), aborted]);
      const credentials = checkCredentials(given, this.#clientId);
      this.#clientId = credentials.clientId;
      const gotAtMs = clock.monotonicMs();
      const seconds = refreshIn(credentials.expiresAt, clock.nowSeconds(), refresh, random());
      return { ...credentials, gotAtMs, refreshAtMs: gotAtMs + seconds * 1000 };
    } finally {
      clearTimeout(timer);
      this.#asking = undefined;
    }
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#asking?.abort(new Error("the device was stopped"));
  }

  /** By the monotonic clock, or after a step of the wall clock by that: whichever comes first. */
  isDue({ refreshAtMs, expiresAt }: HeldCredentials): boolean {
    const { clock } = this.#options;
    return clock.monotonicMs() >= refreshAtMs || (expiresAt !== undefined && clock.nowSeconds() >= expiresAt);
  }
}
