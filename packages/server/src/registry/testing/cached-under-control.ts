import { join } from "node:path";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { type CachedRegistry, type CachedRegistryOptions, cachedRegistry } from "../cached-registry.ts";
import type { NewDevice, StoreHealth } from "../device-registry.ts";
import { openSqliteRegistry, type SqliteRegistry } from "../sqlite/sqlite-registry.ts";
import { type Control, controlledRegistry } from "./controlled-registry.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface CachedUnderControl {
  cached: CachedRegistry;
  control: Control;
  /** Sets the clock of the cache forward. */
  pass(ms: number): void;
  now(): number;
  problems: string[];
}

/**
 * For tests of the cache: caches that write only when told to (`flush`), with a frozen clock, before one real store that
 * the tests of a file share. Each test names its devices by itself.
 */
export function cachesUnderControl() {
  const folder = temporaryFolder();
  let store: SqliteRegistry;
  let last = 0;
  beforeAll(async () => {
    store = await openSqliteRegistry({ file: join(folder, "registry.db"), create: true });
  });
  afterAll(() => store.close());
  return {
    store: () => store,
    newDevice: (rest: Partial<NewDevice> = {}): NewDevice => {
      return { id: `device-${++last}`, status: "active", schemes: ["jwt"], createdAt: 1000, ...rest };
    },
    open(options: CachedRegistryOptions = {}): CachedUnderControl {
      const { registry, control } = controlledRegistry(store);
      registry.close = async () => {}; // the store is shared
      const never = 2 ** 31 - 1;
      let now = 1_000_000;
      const problems: string[] = [];
      const cached = cachedRegistry(registry, {
        sightingsEveryMs: never,
        enrolmentsEveryMs: never,
        nowMs: () => now,
        onProblem: (sentence) => problems.push(sentence),
        ...options,
      });
      onTestFinished(async () => {
        control.health = undefined;
        await cached.close();
      });
      const pass = (ms: number) => {
        now += ms;
      };
      return { cached, control, problems, now: () => now, pass };
    },
  };
}

/** A state of the store since a time. */
export function healthOf(state: StoreHealth["state"], since: number, epoch = 1): StoreHealth {
  return { state, since, epoch, detail: state === "ready" ? "" : `The store is ${state}.` };
}
