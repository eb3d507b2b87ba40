import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type DeviceRegistry, StoreUnavailable } from "./device-registry.ts";
import { timedRegistry } from "./timed-registry.ts";

let now: number;
let recorded: [string, number][];
beforeEach(() => {
  now = 5000;
  recorded = [];
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

const record = (operation: string, seconds: number) => void recorded.push([operation, seconds]);

/** Answers each method with its name and what it was given. */
function echoing(): DeviceRegistry {
  const answer =
    (name: string | symbol) =>
    (...given: unknown[]) => [name, ...given];
  return new Proxy({}, { get: (_, name) => answer(name) }) as DeviceRegistry;
}

const methods: Record<keyof DeviceRegistry, { given: unknown[]; as?: "find" | "write" }> = {
  find: { given: ["a"], as: "find" },
  findClientIdOwner: { given: ["c"], as: "find" },
  findGroupRights: { given: ["g"], as: "find" },
  enrol: { given: [[]], as: "write" },
  add: { given: [{}], as: "write" },
  setStatus: { given: ["a", ["active"], "revoked"], as: "write" },
  setRights: { given: ["a", {}], as: "write" },
  touch: { given: [[]], as: "write" },
  importMany: { given: [[]], as: "write" },
  setGroupRights: { given: ["g", null], as: "write" },
  list: { given: [{ limit: 1 }] },
  count: { given: [] },
  groupRights: { given: [] },
  onChange: { given: [() => {}] },
  health: { given: [] },
  close: { given: [] },
};

it.each(Object.entries(methods))("%s answers as the store does", (name, { given, as }) => {
  const registry = timedRegistry(echoing(), record);
  const method = registry[name as keyof DeviceRegistry] as (...given: unknown[]) => unknown;
  expect(method(...given)).toEqual([name, ...given]);
  expect(recorded).toEqual(as ? [[as, 0]] : []);
});

it("a promise is timed until it is settled, either way", async () => {
  let settle: ((failed: boolean) => void) | undefined;
  const touch = () =>
    new Promise<void>((resolve, reject) => {
      settle = (failed) => (failed ? reject(new StoreUnavailable("full", "The store is full.")) : resolve());
    });
  const registry = timedRegistry({ ...echoing(), touch } as DeviceRegistry, record);
  const written = registry.touch([]);
  now += 250;
  expect(recorded).toEqual([]);
  settle?.(false);
  await written;
  const refused = registry.touch([]);
  now += 500;
  settle?.(true);
  await expect(refused).rejects.toThrow("The store is full.");
  expect(recorded).toEqual([
    ["write", 0.25],
    ["write", 0.5],
  ]);
});

it("an operation that throws is timed too", () => {
  const find = () => {
    now += 20;
    throw new StoreUnavailable("corrupt", "The store is damaged.");
  };
  const registry = timedRegistry({ ...echoing(), find } as DeviceRegistry, record);
  expect(() => registry.find("a")).toThrow("The store is damaged.");
  expect(recorded).toEqual([["find", 0.02]]);
});
