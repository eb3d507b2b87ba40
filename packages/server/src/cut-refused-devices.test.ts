import { expect, it } from "vitest";
import { cutRefusedDevices } from "./cut-refused-devices.ts";
import type { CachedRegistry } from "./registry/cached-registry.ts";
import type { DeviceStatus } from "./registry/device.ts";
import { type DeviceChange, StoreUnavailable } from "./registry/device-registry.ts";

function watch(find: () => { status: DeviceStatus } | undefined) {
  const kicks: string[] = [];
  let tell: (change: DeviceChange) => void = () => {};
  const registry = {
    find,
    onChange(listener: typeof tell) {
      tell = listener;
      return () => {};
    },
  } as unknown as CachedRegistry;
  cutRefusedDevices(registry, { kickDevice: (id, why) => kicks.push(`${id} ${why}`) });
  return { kicks, tell: (change: DeviceChange) => tell(change) };
}

it.each([
  ["active", []],
  ["disabled", ["d disabled"]],
  ["revoked", ["d revoked"]],
  ["pending", ["d revoked"]],
] as const)("a device that is %s now", async (status, expected) => {
  const { kicks, tell } = watch(() => ({ status }));
  tell({ id: "d", kind: "status" });
  await Promise.resolve();
  await Promise.resolve();
  expect(kicks).toEqual(expected);
});

it("is cut when the store cannot tell its new status, and nothing is left unhandled", async () => {
  const { kicks, tell } = watch(() => {
    throw new StoreUnavailable("missing", "gone");
  });
  tell({ id: "d", kind: "status" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(kicks).toEqual(["d revoked"]);
});

it("removed and moved devices are cut, a new one is not", () => {
  const { kicks, tell } = watch(() => undefined);
  for (const kind of ["added", "removed", "rights"] as const) tell({ id: kind, kind });
  expect(kicks).toEqual(["removed removed", "rights moved"]);
});

it("what holds at the next connect cuts nobody, nor do the rights of a group that is called like a device", async () => {
  const looked: string[] = [];
  const { kicks, tell } = watch(() => {
    looked.push("d");
    return { status: "revoked" };
  });
  for (const kind of ["at next connect", "group"] as const) tell({ id: "d", kind });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([kicks, looked]).toEqual([[], []]);
});
