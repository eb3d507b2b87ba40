import { connackCode } from "./connack-codes.ts";
import type { DeviceParts } from "./device.ts";
import type { DeviceProblem } from "./device-problem.ts";
import type { DeviceState } from "./device-state.ts";
import { heapBytes } from "./heap-bytes.ts";

/** How a device is doing. Holds no secret. */
export interface DeviceStatus {
  state: DeviceState;
  clientId?: string;
  /** CONNECTs in all, those that were accepted, and hand-overs to newer credentials. */
  attempts: number;
  connects: number;
  refreshes: number;
  /** Failures in a row, until a connection has lasted. */
  failures: number;
  /** The last answer to CONNECT, in the specification's words. */
  lastConnack?: { code: number; name: string };
  credentials: { provider: string; ageSeconds?: number; expiresInSeconds?: number };
  /** `offsetMs`: how far a server was ahead of this device's clock. */
  clock: { isPlausible: boolean; nowSeconds: number; offsetMs?: number };
  queue: { length: number; bytes: number; underWay: number; dropped: number };
  subscriptions: string[];
  heapBytes?: number;
  lastProblem?: DeviceProblem;
}

export function deviceStatus({ loop, clock, provider, publisher, subscriptions, current }: DeviceParts): DeviceStatus {
  const { held, attempts, connects, refreshes, failures, lastConnack } = loop;
  const { length, bytes, underWay, dropped } = publisher.queue;
  const heap = heapBytes();
  const { offsetMs, isPlausible } = clock;
  return {
    state: current.state,
    ...(held && { clientId: held.clientId }),
    attempts,
    connects,
    refreshes,
    failures,
    ...(lastConnack !== undefined && { lastConnack: { code: lastConnack, name: connackCode(lastConnack).name } }),
    credentials: {
      provider: provider.name,
      ...(held && { ageSeconds: Math.floor((clock.monotonicMs() - held.gotAtMs) / 1000) }),
      ...(held?.expiresAt !== undefined && { expiresInSeconds: held.expiresAt - clock.nowSeconds() }),
    },
    clock: { isPlausible, nowSeconds: clock.nowSeconds(), ...(offsetMs !== undefined && { offsetMs }) },
    queue: { length, bytes, underWay, dropped },
    subscriptions: subscriptions.filters,
    ...(heap !== undefined && { heapBytes: heap }),
    ...(current.problem && { lastProblem: current.problem }),
  };
}
