import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceRegistry, type NewDevice, StoreUnavailable } from "../device-registry.ts";
import { verifyAdding } from "./verify-adding.ts";
import { verifyChanging } from "./verify-changing.ts";
import { verifyConcurrency } from "./verify-concurrency.ts";
import { verifyListing } from "./verify-listing.ts";
import { verifyNotifying } from "./verify-notifying.ts";
import { verifyRights } from "./verify-rights.ts";
import { verifySightings } from "./verify-sightings.ts";

/** What a part of the suite works with. All parts share one registry: each names its devices by itself. */
export interface RegistryUnderTest {
  registry(): DeviceRegistry;
  /** An active device with an id nobody else uses. */
  newDevice(rest?: Partial<NewDevice>): NewDevice;
}

/**
 * The suite every store passes. `open` gives a registry that is ready and empty; it is closed by the suite.
 * A store of your own: `verifyRegistry("mystore", () => openMyStore(...))` in a test file.
 */
export function verifyRegistry(name: string, open: () => Promise<DeviceRegistry>): void {
  describe(name, () => {
    let opened: DeviceRegistry | undefined;
    let last = 0;
    const subject: RegistryUnderTest = {
      registry() {
        if (opened === undefined) throw new Error("not open");
        return opened;
      },
      newDevice: (rest = {}) => ({
        id: `device-${++last}`,
        status: "active",
        schemes: ["jwt"],
        createdAt: 1000,
        ...rest,
      }),
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    verifyAdding(subject);
    verifyChanging(subject);
    verifyRights(subject);
    verifySightings(subject);
    verifyListing(subject);
    verifyNotifying(subject);
    verifyConcurrency(subject);

    describe("being open and closed", () => {
      it("is ready", () => {
        expect(subject.registry().health()).toMatchObject({ state: "ready", detail: "" });
      });

      it("finishes what was asked for before it closes, and refuses everything later", async () => {
        const registry = await open();
        const changes: string[] = [];
        registry.onChange(({ id }) => changes.push(id));
        const adding = Array.from({ length: 50 }, () => registry.add(subject.newDevice()));
        await registry.close();
        const added = await Promise.all(adding);
        expect(changes).toEqual(added.map(({ id }) => id));
        const device = subject.newDevice();
        const refused = [
          async () => await registry.find(device.id),
          async () => await registry.findClientIdOwner("any"),
          () => registry.enrol([device]),
          () => registry.add(device),
          () => registry.setStatus(device.id, ["active"], "revoked"),
          () => registry.setRights(device.id, {}),
          async () => registry.groupRights(),
          async () => registry.findGroupRights("any"),
          () => registry.setGroupRights("any", { rules: [] }),
          () => registry.touch([{ deviceId: device.id, at: 1 }]),
          () => registry.list({}),
          () => registry.count(),
          () => registry.importMany([device]),
        ];
        for (const operation of refused) await expect(operation()).rejects.toBeInstanceOf(StoreUnavailable);
        expect(registry.health().state).not.toBe("ready");
        await registry.close(); // again: nothing to do
      });
    });
  });
}
