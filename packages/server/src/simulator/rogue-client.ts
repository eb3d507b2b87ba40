import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, type DeviceCredentials, openConnection } from "@connack/device";
import type { ConnectFigures } from "./connect-figures.ts";
import type { SimulationPlan } from "./simulation-plan.ts";

export const rogueKinds = ["wrong key", "dead credential", "twin"] as const;
export type RogueKind = (typeof rogueKinds)[number];

/**
 * A client as bad firmware is: the same credential each time, and the same wait whatever the broker says. One that gets
 * in stays until it is thrown out.
 */
export class RogueClient {
  readonly #plan: SimulationPlan;
  readonly #figures: ConnectFigures;
  readonly #credentials: DeviceCredentials;
  #connection: Connection | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(plan: SimulationPlan, figures: ConnectFigures, credentials: DeviceCredentials) {
    this.#plan = plan;
    this.#figures = figures;
    this.#credentials = credentials;
  }

  start(signal: AbortSignal): void {
    this.#running = this.#run(signal);
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** After the signal is aborted: resolves when it is gone. */
  async stopped(): Promise<void> {
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const beganAtMs = performance.now();
      this.#figures.began();
      try {
        this.#connection = await openConnection(this.#options, this.#credentials, () => {});
        this.#figures.wasAccepted(performance.now() - beganAtMs);
        await this.#untilItEnds(this.#connection, signal);
      } catch (error) {
        this.#figures.hasFailed(error);
      }
      this.#connection = undefined;
      await sleep(this.#plan.rogueEverySeconds * 1000, undefined, { signal }).catch(() => {});
    }
  }

  get #options(): Parameters<typeof openConnection>[0] {
    const { url, protocolVersion, ca, cloneLegitimate } = this.#plan;
    const times = { keepAliveSeconds: 60, timeoutSeconds: 30, willDelaySeconds: 0, sessionExpirySeconds: 0 };
    // A clone of a device does as the device does: it takes its session over.
    return { url, protocolVersion, clean: !cloneLegitimate, ...times, ...(ca !== undefined && { tls: { ca } }) };
  }

  async #untilItEnds(connection: Connection, signal: AbortSignal): Promise<void> {
    const leave = () => connection.destroy();
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    await connection.ended;
    signal.removeEventListener("abort", leave);
  }
}
