import { describe, expect, it } from "vitest";
import { maxClientIds } from "../device.ts";
import type { RegistryUnderTest } from "./verify-registry.ts";

/** What sightings do, and what they never do. */
export function verifySightings({ registry, newDevice }: RegistryUnderTest): void {
  describe("touch", () => {
    it("keeps when and where a device was first and last let in, whatever the order of the sightings", async () => {
      const { id: deviceId } = await registry().add(newDevice());
      await registry().touch([
        { deviceId, at: 3000, address: "192.0.2.3" },
        { deviceId, at: 2000, address: "192.0.2.2" },
      ]);
      await registry().touch([{ deviceId, at: 2500, address: "192.0.2.25" }]);
      expect(await registry().find(deviceId)).toMatchObject({
        firstSeenAt: 2000,
        lastSeenAt: 3000,
        lastAddress: "192.0.2.3",
      });
      await registry().touch([{ deviceId, at: 4000 }]);
      expect(await registry().find(deviceId)).toMatchObject({ lastSeenAt: 4000, lastAddress: "192.0.2.3" });
    });

    it("keeps the last refusal, which is no visit and binds nothing", async () => {
      const before = await registry().add(newDevice());
      const deviceId = before.id;
      await registry().touch([
        { deviceId, at: 3000, refusal: "token_expired", address: "192.0.2.9", clientId: "refused" },
        { deviceId, at: 2000, refusal: "bad_signature" },
      ]);
      expect(await registry().find(deviceId)).toEqual({
        ...before,
        lastRefusal: { reason: "token_expired", at: 3000 },
      });
      expect(await registry().findClientIdOwner("refused")).toBeUndefined();
    });

    it("passes over ids it does not know and sightings that cannot be kept", async () => {
      const { id: deviceId } = await registry().add(newDevice());
      await registry().touch([
        { deviceId: "unknown", at: 1, clientId: "of unknown" },
        { deviceId: "\ud800", at: 1 },
        { deviceId, at: Number.NaN },
        { deviceId, at: 2000, address: "x".repeat(65), clientId: "\ud800" },
      ]);
      expect(await registry().find("unknown")).toBeUndefined();
      expect(await registry().findClientIdOwner("of unknown")).toBeUndefined();
      const device = await registry().find(deviceId);
      expect(device).toMatchObject({ lastSeenAt: 2000, clientIds: [] });
      expect(device).not.toHaveProperty("lastAddress");
    });

    it("binds a client id that is free, the latest used last", async () => {
      const { id: deviceId } = await registry().add(newDevice());
      const used = (clientId: string, at: number) => registry().touch([{ deviceId, at, clientId }]);
      await used("touch-a", 2000);
      await used("touch-b", 2000);
      expect(await registry().find(deviceId)).toMatchObject({ clientIds: ["touch-a", "touch-b"] });
      await used("touch-a", 1500); // the clock went back; the order is that of use
      expect(await registry().find(deviceId)).toMatchObject({ clientIds: ["touch-b", "touch-a"] });
      expect(await registry().findClientIdOwner("touch-b")).toBe(deviceId);
    });

    it("leaves a client id of another device alone", async () => {
      const owner = await registry().add(newDevice({ clientIds: ["touch-taken"] }));
      const other = await registry().add(newDevice());
      await registry().touch([{ deviceId: other.id, at: 2000, clientId: "touch-taken" }]);
      expect(await registry().findClientIdOwner("touch-taken")).toBe(owner.id);
      expect(await registry().find(other.id)).toMatchObject({ lastSeenAt: 2000, clientIds: [] });
      expect(await registry().find(owner.id)).toEqual(owner);
    });

    it(`gives the longest unused of more than ${maxClientIds} client ids up`, async () => {
      const { id: deviceId } = await registry().add(newDevice());
      const clientIds = Array.from({ length: maxClientIds + 3 }, (_, index) => `many-${index}`);
      await registry().touch(clientIds.map((clientId, index) => ({ deviceId, at: 2000 + index, clientId })));
      expect(await registry().find(deviceId)).toMatchObject({ clientIds: clientIds.slice(3) });
      expect(await registry().findClientIdOwner("many-2")).toBeUndefined();
      expect(await registry().findClientIdOwner("many-3")).toBe(deviceId);
    });
  });

  describe("a late sighting", () => {
    it.each(["revoked", "removed"] as const)("cannot undo that a device was %s", async (status) => {
      const { id: deviceId } = await registry().add(newDevice());
      const expected = await registry().setStatus(deviceId, ["active"], status);
      const clientId = `late for ${status}`;
      await registry().touch([{ deviceId, at: 9000, address: "192.0.2.1", clientId }]);
      expect(await registry().find(deviceId)).toEqual(expected);
      expect(await registry().findClientIdOwner(clientId)).toBeUndefined();
      await registry().touch([{ deviceId, at: 9001, refusal: "device_revoked", clientId }]);
      const lastRefusal = { reason: "device_revoked", at: 9001 };
      expect(await registry().find(deviceId)).toEqual({ ...expected, lastRefusal });
    });

    it.each(["pending", "disabled"] as const)("leaves a device %s", async (status) => {
      const { id: deviceId } = await registry().add(newDevice());
      await registry().setStatus(deviceId, ["active"], status);
      await registry().touch([{ deviceId, at: 9000 }]);
      expect(await registry().find(deviceId)).toMatchObject({ status, lastSeenAt: 9000 });
    });
  });
}
