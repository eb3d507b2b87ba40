import { describe, expect, it } from "vitest";
import { deviceStatuses } from "../device.ts";
import type { RegistryUnderTest } from "./verify-registry.ts";

/** How devices change by an operator's hand: setStatus, setRights, tombstones. */
export function verifyChanging({ registry, newDevice }: RegistryUnderTest): void {
  describe("setStatus", () => {
    it("changes a status that is one of those expected", async () => {
      const { id } = await registry().add(newDevice({ status: "pending" }));
      expect(await registry().setStatus(id, ["pending", "disabled"], "active")).toMatchObject({ id, status: "active" });
      expect(await registry().find(id)).toMatchObject({ status: "active" });
    });

    it("changes no other", async () => {
      const { id } = await registry().add(newDevice());
      await registry().setStatus(id, ["active"], "revoked");
      const enabling = registry().setStatus(id, ["disabled", "pending"], "active");
      await expect(enabling).rejects.toMatchObject({ code: "wrong_status" });
      expect(await registry().find(id)).toMatchObject({ status: "revoked" });
      await expect(registry().setStatus(id, [], "active")).rejects.toMatchObject({ code: "wrong_status" });
    });

    it("refuses a device that is not there", async () => {
      const gone = registry().setStatus("not there", deviceStatuses, "active");
      await expect(gone).rejects.toMatchObject({ code: "device_not_found" });
    });

    it("keeps everything else of a revoked device", async () => {
      const device = newDevice({ clientIds: ["revoked's"], group: "g", attributes: { a: "b" }, passwordHash: "hash" });
      const before = await registry().add(device);
      expect(await registry().setStatus(device.id, ["active"], "revoked")).toEqual({ ...before, status: "revoked" });
      expect(await registry().findClientIdOwner("revoked's")).toBe(device.id);
    });
  });

  describe("a tombstone", () => {
    async function remove() {
      const rules = [{ permission: "allow", action: "all", topics: ["a"] } as const];
      const device = newDevice({ group: "g", attributes: { a: "b" }, passwordHash: "hash", profile: "none", rules });
      const clientId = `once of ${device.id}`;
      await registry().add({ ...device, clientIds: [clientId], minKeyGeneration: 2 });
      await registry().setRights(device.id, { passwordHash: "next", previousPassword: { hash: "hash", until: 9000 } });
      await registry().touch([{ deviceId: device.id, at: 2000, address: "192.0.2.1" }]);
      const tombstone = await registry().setStatus(device.id, ["active"], "removed");
      return { id: device.id, clientId, tombstone };
    }

    it("keeps the id and the time of creation only", async () => {
      const { id, tombstone } = await remove();
      const bare = { schemes: [], minKeyGeneration: 0, attributes: {}, rules: [], clientIds: [], createdAt: 1000 };
      expect(tombstone).toEqual({ id, kind: "device", status: "removed", ...bare });
      expect(await registry().find(id)).toEqual(tombstone);
    });

    it("gives its client ids free", async () => {
      const { clientId } = await remove();
      expect(await registry().findClientIdOwner(clientId)).toBeUndefined();
      const next = await registry().add(newDevice({ clientIds: [clientId] }));
      expect(await registry().findClientIdOwner(clientId)).toBe(next.id);
    });

    it("does not enrol again", async () => {
      const { id, tombstone } = await remove();
      expect(await registry().enrol([newDevice({ id })])).toBe(0);
      expect(await registry().find(id)).toEqual(tombstone);
    });

    it("is replaced by an operator's add, with nothing left of it", async () => {
      const { id } = await remove();
      await registry().touch([{ deviceId: id, at: 3000, refusal: "device_removed" }]);
      expect(await registry().find(id)).toMatchObject({ lastRefusal: { reason: "device_removed", at: 3000 } });
      const anew = newDevice({ id, createdAt: 5000 });
      const expected = { ...anew, kind: "device", minKeyGeneration: 0, attributes: {}, rules: [], clientIds: [] };
      expect(await registry().add(anew)).toEqual(expected);
      expect(await registry().find(id)).toEqual(expected);
    });

    it("has no rights to set", async () => {
      const { id, tombstone } = await remove();
      const setting = registry().setRights(id, { passwordHash: "another" });
      await expect(setting).rejects.toMatchObject({ code: "device_not_found" });
      expect(await registry().find(id)).toEqual(tombstone);
    });
  });

  describe("setRights", () => {
    it("changes what is given and nothing else", async () => {
      const before = await registry().add(newDevice({ group: "old", attributes: { a: "1" }, passwordHash: "hash" }));
      const { id } = before;
      await registry().setRights(id, { schemes: ["password"], minKeyGeneration: 7 });
      expect(await registry().find(id)).toEqual({ ...before, schemes: ["password"], minKeyGeneration: 7 });
      await registry().setRights(id, { group: null, passwordHash: null, attributes: { b: "2" } });
      const { group: _, passwordHash: __, ...rest } = before;
      expect(await registry().find(id)).toEqual({
        ...rest,
        schemes: ["password"],
        minKeyGeneration: 7,
        attributes: { b: "2" },
      });
    });

    it("replaces client ids, the latest used last", async () => {
      const { id } = await registry().add(newDevice({ clientIds: ["rights-a", "rights-b"] }));
      await registry().setRights(id, { clientIds: ["rights-c", "rights-a", "rights-c"] });
      expect(await registry().find(id)).toMatchObject({ clientIds: ["rights-a", "rights-c"] });
      expect(await registry().findClientIdOwner("rights-b")).toBeUndefined();
    });

    it("takes no client id from another device", async () => {
      const other = await registry().add(newDevice({ clientIds: ["rights-taken"] }));
      const before = await registry().add(newDevice({ clientIds: ["rights-own"] }));
      const taking = registry().setRights(before.id, { group: "new", clientIds: ["rights-taken"] });
      await expect(taking).rejects.toMatchObject({ code: "client_id_taken" });
      expect(await registry().find(before.id)).toEqual(before);
      expect(await registry().findClientIdOwner("rights-own")).toBe(before.id);
      expect(await registry().findClientIdOwner("rights-taken")).toBe(other.id);
    });

    it("refuses a device that is not there, and rights that cannot be kept", async () => {
      await expect(registry().setRights("not there", {})).rejects.toMatchObject({ code: "device_not_found" });
      const { id } = await registry().add(newDevice());
      await expect(registry().setRights(id, { group: "x".repeat(257) })).rejects.toBeInstanceOf(RangeError);
    });
  });
}
