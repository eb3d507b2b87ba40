import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { loadConfig } from "../../config/load-config.ts";
import type { EmbeddedConnections } from "../../open-house.ts";
import { type House, openHouse } from "../../open-house.ts";
import { runOperation } from "../operations.ts";
import { createGuests } from "../service-guests.ts";

export const testNowMs = Date.UTC(2026, 0, 2);

export interface TestHouse {
  house: House;
  run<T = Record<string, unknown>>(name: string, input: unknown): Promise<T>;
  /** Ids that were kicked, in order. */
  kicked: string[];
  close(): Promise<void>;
}

export interface TestHouseOptions {
  overrides?: Record<string, unknown>;
  /** Connections of an embedded broker that runs; without it none does. */
  connected?: { deviceId: string; clientId: string }[];
  listeners?: Record<string, string>;
  /** A clock that moves. */
  nowMs?: () => number;
}

const parents: string[] = [];
afterAll(() => {
  for (const parent of parents) rmSync(parent, { recursive: true, force: true });
});

/** A house of its own in a new folder, at a clock that stands still. */
export async function openTestHouse({
  overrides = {},
  connected,
  listeners = {},
  nowMs = () => testNowMs,
}: TestHouseOptions = {}): Promise<TestHouse> {
  const parent = mkdtempSync(join(tmpdir(), "connack-house-"));
  parents.push(parent);
  const loaded = loadConfig({ env: {}, cwd: parent, overrides: { dataDir: join(parent, "data"), ...overrides } });
  const house = await openHouse({ loaded, nowMs });
  const kicked: string[] = [];
  Object.assign(house.listeners, listeners);
  if (connected) house.embedded = brokerOf(connected, kicked);
  return {
    house,
    run: <T>(name: string, input: unknown) => runOperation(house, name, input) as Promise<T>,
    kicked,
    close: () => house.close(),
  };
}

function brokerOf(connections: { deviceId: string; clientId: string }[], kicked: string[]): EmbeddedConnections {
  return {
    kick(deviceId) {
      const ended = connections.filter((each) => each.deviceId === deviceId).length;
      if (ended > 0) kicked.push(deviceId);
      return ended;
    },
    connected: () => connections,
    counters: () => ({}),
    sizes: () => {
      const none = { used: 0, most: 1 };
      return {
        connections: { used: connections.length, most: 1000 },
        offlineSessions: none,
        queuedBytes: none,
        retainedMessages: none,
        retainedBytes: none,
      };
    },
    connections: () => connections.length,
    guests: createGuests(() => testNowMs),
  };
}
