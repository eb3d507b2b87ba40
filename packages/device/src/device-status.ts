import { type ConnackCode, connackCode } from "./connack-code.ts";
import type { DeviceParts } from "./device.ts";
import type { LastEnd } from "./device-history.ts";
import type { DeviceProblem } from "./device-problem.ts";
import type { DeviceState } from "./device-state.ts";
import { heapBytes } from "./heap-bytes.ts";

/** How a device is doing. Holds no secret. */
export interface DeviceStatus {
  state: DeviceState;
  clientId?: string;
  /** CONNECTs in all, those of the last minute, those that were accepted, and hand-overs to newer credentials. */
  attempts: number;
  attemptsPerMinute: number;
  connects: number;
  refreshes: number;
  /** Failures in a row to connect and to get credentials, until a connection has lasted. */
  failures: number;
  /** The last answer to CONNECT, explained. */
  lastConnack?: ConnackCode;
  lastEnd?: LastEnd;
  credentials: { provider: string; ageSeconds?: number; expiresInSeconds?: number };
  /** `offsetMs`: how far a server was ahead of this device's clock. */
  clock: { isPlausible: boolean; nowSeconds: number; offsetMs?: number };
  queue: { length: number; bytes: number; underWay: number; dropped: number };
  subscriptions: string[];
  heapBytes?: number;
  /** `atSeconds`: when it was told, Unix seconds. */
  lastProblem?: DeviceProblem & { atSeconds: number };
}

export function deviceStatus(parts: DeviceParts): DeviceStatus {
  const { history, connecting, asking, clock, source, publisher, subscriptions, loop } = parts;
  const { state, attempts, connects, refreshes, rate, lastConnack, lastEnd, lastProblem } = history;
  const { length, bytes, underWay, dropped } = publisher.queue;
  const { held } = loop;
  const { offsetMs, isPlausible } = clock;
  const heap = heapBytes();
  return {
    state,
    ...(source.clientId !== undefined && { clientId: source.clientId }),
    attempts,
    attemptsPerMinute: rate.perMinute(clock.monotonicMs()),
    connects,
    refreshes,
    failures: connecting.failures + asking.failures,
    ...(lastConnack !== undefined && { lastConnack: connackCode(lastConnack) }),
    ...(lastEnd && { lastEnd: { ...lastEnd } }),
    credentials: {
      provider: source.provider.name,
      ...(held && { ageSeconds: Math.floor((clock.monotonicMs() - held.gotAtMs) / 1000) }),
      ...(held?.expiresAt !== undefined && { expiresInSeconds: held.expiresAt - clock.nowSeconds() }),
    },
    clock: { isPlausible, nowSeconds: clock.nowSeconds(), ...(offsetMs !== undefined && { offsetMs }) },
    queue: { length, bytes, underWay, dropped },
    subscriptions: subscriptions.filters,
    ...(heap !== undefined && { heapBytes: heap }),
    ...(lastProblem && { lastProblem: { ...lastProblem } }),
  };
}
