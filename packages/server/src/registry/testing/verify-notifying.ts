import { describe, expect, it, vi } from "vitest";
import type { DeviceChange } from "../device-registry.ts";
import type { RegistryUnderTest } from "./verify-registry.ts";

/** onChange. */
export function verifyNotifying({ registry, newDevice }: RegistryUnderTest): void {
  describe("onChange", () => {
    it("tells of each committed change in order, and of nothing else", async () => {
      const changes: DeviceChange[] = [];
      const stop = registry().onChange((change) => changes.push(change));
      const [one, two, three] = [newDevice(), newDevice(), newDevice()];
      await registry().add(one);
      await registry().enrol([one, two]);
      await registry().setStatus(one.id, ["active"], "disabled");
      await registry().setRights(one.id, { minKeyGeneration: 1 });
      await registry().touch([{ deviceId: one.id, at: 5000, clientId: "told of nothing" }]);
      await expect(registry().setStatus(one.id, ["active"], "revoked")).rejects.toThrow();
      await expect(registry().add(one)).rejects.toThrow();
      await expect(registry().importMany([three, one])).rejects.toThrow();
      await registry().setStatus(one.id, ["disabled"], "removed");
      await registry().add(one);
      await registry().importMany([three]);
      stop();
      await registry().setStatus(three.id, ["active"], "revoked");
      expect(changes).toEqual([
        { id: one.id, kind: "added" },
        { id: two.id, kind: "added" },
        { id: one.id, kind: "status" },
        { id: one.id, kind: "rights" },
        { id: one.id, kind: "removed" },
        { id: one.id, kind: "added" },
        { id: three.id, kind: "added" },
      ]);
    });

    it("finds the changed device when it is told, before the promise resolves", async () => {
      const { id } = await registry().add(newDevice());
      const order: unknown[] = [];
      const stop = registry().onChange(() => {
        const found = registry().find(id);
        order.push(Promise.resolve(found).then((device) => device?.status));
      });
      await registry().setStatus(id, ["active"], "revoked");
      order.push("resolved");
      stop();
      expect(await Promise.all(order)).toEqual(["revoked", "resolved"]);
    });

    it("keeps the order when an import of thousands is told", async () => {
      const devices = Array.from({ length: 3500 }, () => newDevice());
      const changes: string[] = [];
      const stop = registry().onChange(({ id, kind }) => changes.push(`${kind} ${id}`));
      const importing = registry().importMany(devices);
      const last = devices[3499]?.id ?? "";
      const revoking = importing.then(() => registry().setStatus(last, ["active"], "revoked"));
      await Promise.all([importing, revoking]);
      stop();
      expect(changes).toEqual([...devices.map(({ id }) => `added ${id}`), `status ${last}`]);
    });

    it("goes on for the others when one listener throws", async () => {
      const warnings: string[] = [];
      const onWarning = ({ message }: Error) => void warnings.push(message);
      process.on("warning", onWarning);
      const told: string[] = [];
      const stops = [
        registry().onChange(() => {
          throw new Error("a listener's own trouble");
        }),
        registry().onChange(({ id }) => told.push(id)),
      ];
      const device = newDevice();
      await expect(registry().add(device)).resolves.toMatchObject({ id: device.id });
      for (const stop of stops) stop();
      expect(told).toEqual([device.id]);
      await vi.waitFor(() => expect(warnings).toContain("a listener's own trouble"));
      process.off("warning", onWarning);
    });
  });
}
