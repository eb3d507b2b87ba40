import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, vi } from "vitest";
import { type DeviceRegistry, type NewDevice, type StoreState, StoreUnavailable } from "../device-registry.ts";
import { createStoreFile } from "../sqlite/create-store-file.ts";
import { openSqliteRegistry, type SqliteRegistry, type SqliteRegistryOptions } from "../sqlite/sqlite-registry.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface WatchedRegistry {
  registry: SqliteRegistry;
  /** Every state told through onHealth so far. */
  states: StoreState[];
  /** Waits for the store to get into a state by itself. */
  until(state: StoreState): Promise<void>;
}

/** Registry files for tests of what happens to them, one copy of an empty registry each. */
export function registryFiles(): { folder: string; newFile(): string } {
  const folder = temporaryFolder();
  const empty = join(folder, "empty.db");
  let last = 0;
  beforeAll(() => createStoreFile(empty));
  return {
    folder,
    newFile() {
      const file = join(folder, `${++last}.db`);
      copyFileSync(empty, file);
      return file;
    },
  };
}

/** Opens a registry that looks at its file often; closed with the test. */
export async function watchedRegistry(
  file: string,
  options?: Partial<SqliteRegistryOptions>,
): Promise<WatchedRegistry> {
  const states: StoreState[] = [];
  const onHealth = ({ state }: { state: StoreState }) => states.push(state);
  const often = { create: false, watchMs: 30, busyTimeoutMs: 30 };
  const registry = await openSqliteRegistry({ file, onHealth, ...often, ...options });
  onTestFinished(() => registry.close());
  const until = (state: StoreState) =>
    vi.waitFor(() => expect(registry.health()).toMatchObject({ state }), { timeout: 20_000, interval: 10 });
  return { registry, states, until: async (state) => void (await until(state)) };
}

/** Long enough for a watched registry to look at its file a few times. */
export async function severalLooks(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 400));
}

export function deviceCalled(id: string): NewDevice {
  return { id, status: "active", schemes: ["password"], passwordHash: `hash of ${id}`, createdAt: 1000 };
}

/** Every write is refused with the state and a sentence for the operator, and no password hash in it. */
export async function expectWritesRefused(registry: DeviceRegistry, state: StoreState): Promise<void> {
  const device = deviceCalled("refused");
  await expectRefused(state, [
    () => registry.enrol([device]),
    () => registry.add(device),
    () => registry.importMany([device]),
    () => registry.setStatus("any", ["active"], "revoked"),
    () => registry.setRights("any", { passwordHash: "hash of refused" }),
    () => registry.setGroupRights("any", { rules: [] }),
    () => registry.setGroupRights("any", null),
    () => registry.touch([{ deviceId: "any", at: 1 }]),
  ]);
}

export async function expectReadsRefused(registry: DeviceRegistry, state: StoreState): Promise<void> {
  await expectRefused(state, [
    async () => await registry.find("any"),
    async () => await registry.findClientIdOwner("any"),
    async () => registry.groupRights(),
    async () => registry.findGroupRights("any"),
    () => registry.list({}),
    () => registry.count(),
  ]);
}

async function expectRefused(state: StoreState, operations: (() => Promise<unknown>)[]): Promise<void> {
  for (const operation of operations) {
    const error = await operation().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toMatchObject({ state });
    expect((error as Error).message).toMatch(/^[A-Z].*\./);
    expect(String((error as Error).stack)).not.toContain("hash of refused");
  }
}
