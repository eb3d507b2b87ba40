import { describe, expect, it } from "vitest";
import type { DeviceQuery } from "../device-registry.ts";
import type { RegistryUnderTest } from "./verify-registry.ts";

/** list and count. */
export function verifyListing({ registry, newDevice }: RegistryUnderTest): void {
  const idsOf = async (query: DeviceQuery) => (await registry().list(query)).map(({ id }) => id);

  describe("list", () => {
    it("gives devices in the order of code points, by status and group", async () => {
      const group = "list order";
      // UTF-16 would put the second to last after the last
      const ids = ["list-A", "list-Z", "list-a", "list-é", "list-\ufb01", "list-😀"];
      for (const id of [...ids].reverse()) await registry().add(newDevice({ id, group }));
      await registry().setStatus("list-Z", ["active"], "disabled");
      expect(await idsOf({ group })).toEqual(ids);
      expect(await idsOf({ group, status: "disabled" })).toEqual(["list-Z"]);
      expect(await idsOf({ group, status: "revoked" })).toEqual([]);
      expect(await idsOf({ group: "no such group" })).toEqual([]);
    });

    it("gives whole devices, tombstones included", async () => {
      const device = await registry().add(newDevice({ group: "list whole", clientIds: ["list-1", "list-2"] }));
      expect(await registry().list({ group: "list whole" })).toEqual([device]);
      const tombstone = await registry().setStatus(device.id, ["active"], "removed");
      expect(await registry().list({ status: "removed", limit: 1000 })).toContainEqual(tombstone);
    });

    it("is read page by page", async () => {
      const group = "list pages";
      const devices = Array.from({ length: 1203 }, (_, index) =>
        newDevice({ id: `page-${String(index).padStart(4, "0")}`, group }),
      );
      await registry().importMany(devices);
      const ids = devices.map(({ id }) => id);
      expect(await idsOf({ group })).toEqual(ids.slice(0, 100));
      expect(await idsOf({ group, limit: 5000 })).toEqual(ids.slice(0, 1000));
      expect(await idsOf({ group, limit: 401, after: "page-0100" })).toEqual(ids.slice(101, 502));
      expect(await idsOf({ group, after: "page-1201" })).toEqual(["page-1202"]);
      expect(await idsOf({ group, after: "page-1202" })).toEqual([]);
      expect(await idsOf({ group, after: "page-1100x", limit: 1 })).toEqual(["page-1101"]);
    });

    it.each([0, -1, 1.5, Number.NaN])("refuses a limit of %d", async (limit) => {
      await expect(registry().list({ limit })).rejects.toBeInstanceOf(RangeError);
    });
  });

  describe("count", () => {
    it("follows every way a device comes and changes", async () => {
      const before = await registry().count();
      await registry().enrol([newDevice({ status: "pending" }), newDevice({ status: "pending" })]);
      const { id } = await registry().add(newDevice());
      const gone = await registry().add(newDevice());
      await registry().importMany([newDevice(), newDevice()]);
      await registry().setStatus(id, ["active"], "revoked");
      await registry().setStatus(gone.id, ["active"], "removed");
      await registry().add(newDevice({ id: gone.id }));
      await registry().setStatus(gone.id, ["active"], "disabled");
      expect(await registry().count()).toEqual({
        ...before,
        pending: before.pending + 2,
        active: before.active + 2,
        revoked: before.revoked + 1,
        disabled: before.disabled + 1,
      });
    });
  });
}
