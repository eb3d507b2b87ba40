import { beforeEach, expect, it, vi } from "vitest";
import type { House } from "../../open-house.ts";
import type { Device } from "../../registry/device.ts";
import { StoreUnavailable } from "../../registry/device-registry.ts";
import { readExposition } from "../testing/read-exposition.ts";
import { Exposition } from "./exposition.ts";
import { FormerPasswords } from "./former-passwords.ts";

const nowMs = Date.UTC(2026, 0, 2);
let services: Partial<Device>[];
let problem: Error | undefined;
const list = vi.fn(async () => {
  if (problem) throw problem;
  return services as Device[];
});
let former: FormerPasswords;

beforeEach(() => {
  list.mockClear();
  problem = undefined;
  services = [];
  former = new FormerPasswords();
  let monotonic = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (monotonic += 10_000));
});

const service = (id: string, endsInSeconds: number, status: Device["status"] = "active"): Partial<Device> => ({
  id,
  status,
  previousPassword: { hash: "hash", until: nowMs + endsInSeconds * 1000 },
});

async function collect(): Promise<Record<string, number>> {
  const out = new Exposition();
  await former.collect({ registry: { list } as unknown as House["registry"], nowMs: () => nowMs }, out);
  const lines = readExposition((await out.render()).body);
  return Object.fromEntries([...lines].map(([series, at]) => [series.split('"')[1] ?? "", at - nowMs / 1000]));
}

it("are those of active services that are not over", async () => {
  services = [
    service("later", 7200),
    service("soon", 60),
    service("over", 0),
    service("off", 60, "disabled"),
    { id: "none", status: "active" },
  ];
  expect(await collect()).toEqual({ later: 7200, soon: 60 });
  expect(list).toHaveBeenCalledWith({ kind: "service", limit: 1000 });
});

it("are read once in a while, however often somebody asks", async () => {
  for (let n = 0; n < 6; n++) await collect();
  expect(list).toHaveBeenCalledTimes(3);
});

it("are a bounded number, the first to end", async () => {
  services = Array.from({ length: 300 }, (_, n) => service(`s${n}`, 3000 - n));
  const lines = await collect();
  expect(Object.keys(lines)).toHaveLength(100);
  expect(Math.max(...Object.values(lines))).toBe(3000 - 200);
});

it("stay known while the store is away, and any other failure is told", async () => {
  services = [service("backend", 60)];
  await collect();
  problem = new StoreUnavailable("locked", "The store is locked.");
  await collect();
  expect(await collect()).toEqual({ backend: 60 });
  problem = new TypeError("unexpected");
  await expect(collect()).rejects.toThrow("unexpected");
});
