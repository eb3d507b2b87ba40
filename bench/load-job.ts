import type { FleetKeys } from "./fleet.ts";
import type { LoadName } from "./options.ts";

/** What the load generator is asked for, one at a time. */
export type ToGenerator =
  | { type: "prepare"; keys: FleetKeys; devices: number; loads: readonly LoadName[] }
  | { type: "run"; job: LoadJob };

export interface LoadJob {
  load: LoadName;
  port: number;
  seconds: number;
  /** The server answers a constant: who is asked about is not looked for in the answer. */
  constant: boolean;
  /** Which of the password devices have their turn (load d): none has logged in before. */
  firstPassword: number;
  /** The registry has this many of the devices; fewer than were prepared, or all. */
  devices: number;
  /** Every device once, in order, instead of random ones for so many seconds. */
  onceEach: boolean;
}

export interface LoadResult {
  /** Answers to devices with a key. */
  answers: number;
  /** Answers that were not what they had to be. */
  wrong: number;
  /** Requests without an answer. */
  lost: number;
  seconds: number;
  latencyMs: Latency;
  /** Load d: the password logins. */
  passwords?: { answers: number; latencyMs: Latency };
}

export interface Latency {
  p50: number;
  p99: number;
  max: number;
}

/** Connections, and requests under way on each. */
export const shapes = {
  a: { connections: 64, depth: 1 },
  b: { connections: 8, depth: 100 },
  c: { connections: 8, depth: 100 },
  d: { connections: 64, depth: 1 },
} as const;

/** Password logins in load d, and how many of them at once. */
export const passwordLogins = { count: 200, parallel: 8 } as const;
