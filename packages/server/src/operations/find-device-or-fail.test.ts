import { expect, it } from "vitest";
import type { Device } from "../registry/device.ts";
import { findDeviceOrFail } from "./find-device-or-fail.ts";

function registryWith(...ids: string[]) {
  return { find: (id: string) => (ids.includes(id) ? ({ id } as Device) : undefined) };
}
const mac = "02:00:00:8e:a4:0c";

it.each(["0200008ea40c", "0200008EA40C", "02-00-00-8E-A4-0C", "02_00_00_8e_a4_0c", mac])(
  "%s is that MAC",
  async (text) => {
    expect(await findDeviceOrFail(registryWith(mac), text)).toEqual({ id: mac });
  },
);

it("a device of that very id comes before the MAC it could be", async () => {
  const registry = registryWith(mac, "0200008EA40C");
  expect(await findDeviceOrFail(registry, "0200008EA40C")).toEqual({ id: "0200008EA40C" });
  expect(await findDeviceOrFail(registry, "0200008ea40c")).toEqual({ id: mac });
});

it.each(["0200008ea40", "0200008ea40cc", "0200008ea40g", "02:00:008ea40c"])("%s is no MAC", async (text) => {
  await expect(findDeviceOrFail(registryWith(mac), text)).rejects.toMatchObject({ code: "device_not_found" });
});
