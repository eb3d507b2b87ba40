import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, openConnection } from "@connack/device";
import type { ConnectFigures } from "./connect-figures.ts";

export type OpenConnection = typeof openConnection;

/** The way between one device and the broker: measured, and cut where a storm wants it. */
export class SimulatedLink {
  readonly #figures: ConnectFigures;
  #connection: Connection | undefined;
  #openedAtMs = 0;
  #credentialExpiresAt: number | undefined;
  #upAtMs = 0;

  constructor(figures: ConnectFigures) {
    this.#figures = figures;
  }

  get isOpen(): boolean {
    return this.#connection !== undefined;
  }

  /** When the last connection was accepted, milliseconds of the monotonic clock. */
  get openedAtMs(): number {
    return this.#openedAtMs;
  }

  /** Unix seconds: when the credential of the last accepted connection ends. */
  get credentialExpiresAt(): number | undefined {
    return this.#credentialExpiresAt;
  }

  /** Stands in for `openConnection` of the device. */
  readonly open: OpenConnection = async (options, credentials, onMessage) => {
    const giveUpAtMs = performance.now() + options.timeoutSeconds * 1000;
    // As a network that swallows packets: no answer, until it is there again or patience ends.
    while (performance.now() < this.#upAtMs) {
      if (performance.now() >= giveUpAtMs) throw new Error("the simulated network is away");
      await sleep(50);
    }
    const beganAtMs = performance.now();
    this.#figures.began();
    try {
      const connection = await openConnection(options, credentials, onMessage);
      this.#openedAtMs = performance.now();
      this.#figures.wasAccepted(this.#openedAtMs - beganAtMs);
      this.#connection = connection;
      this.#credentialExpiresAt = credentials.expiresAt;
      void connection.ended.then(() => {
        if (this.#connection === connection) this.#connection = undefined;
      });
      return connection;
    } catch (error) {
      this.#figures.hasFailed(error);
      throw error;
    }
  };

  /** Closes the socket without a DISCONNECT, and keeps the device from the broker for so long. */
  cut(awayMs = 0): void {
    this.#upAtMs = performance.now() + awayMs;
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  /** The network is there again. */
  mend(): void {
    this.#upAtMs = 0;
  }
}
