import { AttemptRate } from "./attempt-rate.ts";
import type { EndKind } from "./connection-verdict.ts";
import type { DeviceProblem } from "./device-problem.ts";
import type { DeviceState } from "./device-state.ts";

/** How the last connection ended. */
export interface LastEnd {
  kind: EndKind;
  /** Reason code of the broker's DISCONNECT (MQTT 5 only). */
  code?: number;
  /** How long the connection was there. */
  livedSeconds: number;
}

/** What has happened to a device, in figures: it never grows. */
export class DeviceHistory {
  state: DeviceState = "getting credentials";
  attempts = 0;
  connects = 0;
  refreshes = 0;
  lastConnack: number | undefined;
  lastEnd: LastEnd | undefined;
  /** With the time it was told at, Unix seconds. */
  lastProblem: (DeviceProblem & { atSeconds: number }) | undefined;
  readonly rate = new AttemptRate();
  #hasBegun = false;

  /** Whether it is another state than before; the first is, too: a listener sees the device begin. */
  enter(state: DeviceState): boolean {
    const isNew = !this.#hasBegun || state !== this.state;
    this.#hasBegun = true;
    this.state = state;
    return isNew;
  }

  attempted(monotonicMs: number): void {
    this.attempts++;
    this.rate.add(monotonicMs);
  }

  ended(kind: EndKind, livedMs: number, code?: number): void {
    if (kind === "refreshed") this.refreshes++;
    this.lastEnd = { kind, livedSeconds: Math.round(livedMs / 1000), ...(code !== undefined && { code }) };
  }
}
