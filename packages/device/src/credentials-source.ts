import type { DeviceClock } from "./device-clock.ts";
import { type CredentialsProvider, checkCredentials, type DeviceCredentials } from "./device-credentials.ts";
import { inTime } from "./in-time.ts";
import { type RefreshOptions, refreshTime } from "./refresh-time.ts";

/** Credentials, and when to have newer ones. */
export interface HeldCredentials extends DeviceCredentials {
  /** Milliseconds of the monotonic clock. */
  gotAtMs: number;
  refreshAtMs: number;
  /** Unix seconds, for a clock that is set meanwhile. */
  refreshBySeconds?: number;
  /** They had no time left when they came: they, or the clock of this device, are wrong, and the broker knows which. */
  isInDoubt: boolean;
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

  constructor(options: CredentialsSourceOptions) {
    this.#options = options;
    this.#clientId = options.clientId;
  }

  /** Of the first credentials, or what the device was told; it never changes. */
  get clientId(): string | undefined {
    return this.#clientId;
  }

  get provider(): CredentialsProvider {
    return this.#options.provider;
  }

  /**
   * New credentials. They are for the client id of the first ones: a device that changes it loses its session. Rejects with
   * what the provider says, `CredentialsRefused` where its answer is no use, that it took too long, or the reason of `stop`.
   */
  async get(stop: AbortSignal): Promise<HeldCredentials> {
    const { provider, timeoutSeconds, clock, refresh, random } = this.#options;
    const given = await inTime(timeoutSeconds * 1000, stop, (signal) =>
      provider.get({
        // By the clock as it is when it is read: the provider may just have told the time of a server.
        get nowSeconds() {
          return clock.nowSeconds();
        },
        clientId: this.#clientId,
        signal,
        heardTime: (serverMs: number) => clock.heardTime(serverMs),
      }),
    );
    const credentials = checkCredentials(given, this.#clientId);
    this.#clientId = credentials.clientId;
    const gotAtMs = clock.monotonicMs();
    const nowSeconds = clock.nowSeconds();
    const { expiresAt } = credentials;
    const time = refreshTime(expiresAt, nowSeconds, refresh, random());
    return {
      ...credentials,
      gotAtMs,
      refreshAtMs: gotAtMs + time.in * 1000,
      ...(time.latest !== undefined && { refreshBySeconds: nowSeconds + time.latest }),
      isInDoubt: expiresAt !== undefined && expiresAt <= nowSeconds,
    };
  }

  /** Time for newer ones: by the monotonic clock, or by the wall clock after it was set; whichever comes first. */
  isDue({ refreshAtMs, refreshBySeconds }: HeldCredentials): boolean {
    const { clock } = this.#options;
    return (
      clock.monotonicMs() >= refreshAtMs || (refreshBySeconds !== undefined && clock.nowSeconds() >= refreshBySeconds)
    );
  }

  /** Of no use for a connection any more, or in so many seconds. */
  isExpired({ expiresAt, isInDoubt }: HeldCredentials, aheadSeconds = 0): boolean {
    return expiresAt !== undefined && !isInDoubt && this.#options.clock.nowSeconds() + aheadSeconds >= expiresAt;
  }
}
