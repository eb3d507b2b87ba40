import { describe, expect, it } from "vitest";
import type { RegistryUnderTest } from "./verify-registry.ts";

/** What happens at the same time. */
export function verifyConcurrency({ registry, newDevice }: RegistryUnderTest): void {
  const settled = async (operations: Promise<unknown>[]) => {
    const results = await Promise.allSettled(operations);
    return results.map((result) => (result.status === "fulfilled" ? "done" : (result.reason as { code: string }).code));
  };
  const times = <Value>(count: number, make: (index: number) => Value) =>
    Array.from({ length: count }, (_, index) => make(index));

  describe("many at once", () => {
    it("adds a device once", async () => {
      const device = newDevice();
      const results = await settled(times(100, (index) => registry().add({ ...device, group: `g${index}` })));
      expect(results).toEqual(["done", ...times(99, () => "device_exists")]);
      expect(await registry().find(device.id)).toMatchObject({ group: "g0" });
    });

    it("enrols a device once", async () => {
      const device = newDevice();
      const counts = await Promise.all(times(50, () => registry().enrol([device])));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    });

    it("changes a status once", async () => {
      const { id } = await registry().add(newDevice());
      const results = await settled(times(50, () => registry().setStatus(id, ["active"], "disabled")));
      expect(results).toEqual(["done", ...times(49, () => "wrong_status")]);
    });

    it("gives a client id to one device", async () => {
      const devices = await Promise.all(times(30, () => registry().add(newDevice())));
      await Promise.all(devices.map(({ id }) => registry().touch([{ deviceId: id, at: 2000, clientId: "wanted" }])));
      const owner = await registry().findClientIdOwner("wanted");
      const found = await Promise.all(devices.map(({ id }) => registry().find(id)));
      const having = found.filter((device) => device?.clientIds.includes("wanted"));
      expect(having.map((device) => device?.id)).toEqual([owner]);
    });

    it("keeps what is good beside what is refused", async () => {
      const old = await registry().add(newDevice());
      const fresh = times(100, () => newDevice());
      const results = await settled(
        fresh.flatMap((device) => [registry().add(device), registry().add(newDevice({ id: old.id }))]),
      );
      expect(results).toEqual(fresh.flatMap(() => ["done", "device_exists"]));
      for (const { id } of fresh) expect(await registry().find(id)).toMatchObject({ id });
    });

    it("shows every write to whoever looks after it", async () => {
      await Promise.all(
        times(100, async () => {
          const { id } = await registry().add(newDevice());
          expect(await registry().find(id)).toMatchObject({ status: "active" });
          await registry().setStatus(id, ["active"], "disabled");
          expect(await registry().find(id)).toMatchObject({ status: "disabled" });
          await registry().setRights(id, { clientIds: [`own ${id}`] });
          expect(await registry().findClientIdOwner(`own ${id}`)).toBe(id);
          await registry().setStatus(id, ["disabled"], "removed");
          expect(await registry().find(id)).toMatchObject({ status: "removed" });
          expect(await registry().findClientIdOwner(`own ${id}`)).toBeUndefined();
        }),
      );
    });

    it("is not undone by sightings that come with it", async () => {
      const devices = await Promise.all(times(50, () => registry().add(newDevice())));
      await Promise.all(
        devices.flatMap(({ id }, index) => [
          registry().touch([{ deviceId: id, at: 2000, clientId: `racing ${index}` }]),
          registry().setStatus(id, ["active"], index % 2 === 0 ? "revoked" : "removed"),
          registry().touch([{ deviceId: id, at: 3000, clientId: `late ${index}` }]),
        ]),
      );
      for (const [index, { id }] of devices.entries()) {
        const expected = index % 2 === 0 ? ["revoked", [`racing ${index}`]] : ["removed", []];
        const found = await registry().find(id);
        expect([found?.status, found?.clientIds]).toEqual(expected);
      }
    });
  });
}
