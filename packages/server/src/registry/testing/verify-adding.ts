// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of topics
import type { AclRuleTemplate } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { type NewDevice, RegistryError } from "../device-registry.ts";
import type { RegistryUnderTest } from "./verify-registry.ts";

const allowing = (...topics: string[]): AclRuleTemplate => ({ permission: "allow", action: "all", topics });

/** How devices come in: add, enrol, importMany. */
export function verifyAdding({ registry, newDevice }: RegistryUnderTest): void {
  describe("add", () => {
    it("keeps every member and gives the rest its default", async () => {
      const full = newDevice({
        kind: "service",
        status: "pending",
        schemes: ["password", "jwt"],
        group: "hall",
        attributes: { place: "roof ☂", __proto__: "own" },
        profile: "of a newer version",
        rules: [
          { permission: "allow", action: "all", topics: ["a/${deviceId} ☂", "eq #"], qos: [0, 2], retain: false },
        ],
        clientIds: ["full-a", "full-b"],
        passwordHash: "a hash",
        minKeyGeneration: 3,
      });
      const expected = { ...full };
      expect(await registry().add(full)).toEqual(expected);
      expect(await registry().find(full.id)).toEqual(expected);
      expect(await registry().findClientIdOwner("full-b")).toBe(full.id);
      const bare = newDevice();
      const defaults = { kind: "device", minKeyGeneration: 0, attributes: {}, rules: [], clientIds: [] };
      expect(await registry().add(bare)).toEqual({ ...bare, ...defaults });
    });

    it("knows nothing of others", async () => {
      expect(await registry().find("nobody")).toBeUndefined();
      expect(await registry().findClientIdOwner("nobody's")).toBeUndefined();
      expect(await registry().find("")).toBeUndefined();
    });

    it.each(["Ünïcode ☂ 😀", "' or 1=1 --", "__proto__", "line\nbreak", "nul\0byte", "Case", "case"])(
      "keeps the id %j apart from all others",
      async (id) => {
        await registry().add(newDevice({ id, group: id }));
        expect(await registry().find(id)).toMatchObject({ id, group: id });
      },
    );

    it("refuses a device that is there, and leaves it as it is", async () => {
      const device = newDevice({ group: "first" });
      await registry().add(device);
      await expect(registry().add({ ...device, group: "second" })).rejects.toMatchObject({ code: "device_exists" });
      expect(await registry().find(device.id)).toMatchObject({ group: "first" });
    });

    it("refuses a client id of another device, and adds nothing then", async () => {
      const owner = await registry().add(newDevice({ clientIds: ["taken"] }));
      const late = newDevice({ clientIds: ["free", "taken"] });
      await expect(registry().add(late)).rejects.toMatchObject({ code: "client_id_taken" });
      expect(await registry().find(late.id)).toBeUndefined();
      expect(await registry().findClientIdOwner("free")).toBeUndefined();
      expect(await registry().findClientIdOwner("taken")).toBe(owner.id);
    });

    const unfit: [string, Partial<NewDevice>][] = [
      ["an empty id", { id: "" }],
      ["an id of 257 characters", { id: "x".repeat(257) }],
      ["an id that has no UTF-8 form", { id: "x\ud800" }],
      ["a time that is no whole number", { createdAt: 1.5 }],
      ["33 client ids", { clientIds: Array.from({ length: 33 }, (_, index) => `c${index}`) }],
      ["a client id that has no UTF-8 form", { clientIds: ["\udc00"] }],
      ["attributes of more than 4096 characters", { attributes: { a: "x".repeat(4096) } }],
      ["an empty group", { group: "" }],
      ["an empty profile", { profile: "" }],
      ["a profile of 65 characters", { profile: "p".repeat(65) }],
      ["a kind that there is not", { kind: "robot" as "device" }],
      ["rules that take more room than there is", { rules: [allowing(...Array<string>(250).fill("x"))] }],
      [
        "rules with more beside the topics than them",
        { rules: [{ ...allowing("x"), note: "n".repeat(50_000) } as never] },
      ],
      ["rules that are no list", { rules: {} as never }],
      ["a rule without topics", { rules: [{ permission: "allow", action: "all" } as never] }],
      ["a rule that is null", { rules: [null as never] }],
      ["a topic that has no UTF-8 form", { rules: [allowing("x\ud800")] }],
      ["a negative key generation", { minKeyGeneration: -1 }],
    ];
    it.each(unfit)("refuses %s, without quoting the password hash", async (_, member) => {
      const passwordHash = "never to be quoted";
      const device = newDevice({ passwordHash, ...member });
      const error = await registry()
        .add(device)
        .catch((error: unknown) => error);
      expect(error).toBeInstanceOf(RangeError);
      expect(String((error as Error).stack)).not.toContain(passwordHash);
      await expect(registry().enrol([device])).rejects.toBeInstanceOf(RangeError);
      await expect(registry().importMany([device])).rejects.toBeInstanceOf(RangeError);
      expect(await registry().find(device.id)).toBeUndefined();
    });

    it("finds nothing under a text that has no UTF-8 form", async () => {
      await registry().add(newDevice({ id: "half\ufffd", clientIds: ["half\ufffd"] }));
      expect(await registry().find("half\ud800")).toBeUndefined();
      expect(await registry().findClientIdOwner("half\ud800")).toBeUndefined();
    });
  });

  describe("enrol", () => {
    it("adds those that have no row, and says how many", async () => {
      const old = await registry().add(newDevice({ group: "first" }));
      const fresh = newDevice();
      expect(await registry().enrol([{ ...old, status: "active", group: "second" }, fresh, fresh])).toBe(1);
      expect(await registry().find(old.id)).toMatchObject({ group: "first" });
      expect(await registry().find(fresh.id)).toMatchObject({ id: fresh.id });
      expect(await registry().enrol([])).toBe(0);
    });

    it("leaves a client id with the device that has it", async () => {
      const owner = await registry().add(newDevice({ clientIds: ["enrol-taken"] }));
      const fresh = newDevice({ clientIds: ["enrol-taken", "enrol-free"] });
      expect(await registry().enrol([fresh])).toBe(1);
      expect(await registry().find(fresh.id)).toMatchObject({ clientIds: ["enrol-free"] });
      expect(await registry().findClientIdOwner("enrol-taken")).toBe(owner.id);
    });
  });

  describe("importMany", () => {
    it("takes thousands at once", async () => {
      const devices = Array.from({ length: 2345 }, (_, index) =>
        newDevice({ group: "imported", clientIds: [`i${index}`] }),
      );
      expect(await registry().importMany(devices)).toBe(2345);
      expect(await registry().findClientIdOwner("i2344")).toBe(devices[2344]?.id);
    });

    it.each([
      ["a device that is there", "device_exists"],
      ["a device twice", "device_exists"],
      ["a tombstone", "device_exists"],
      ["a client id of another device", "client_id_taken"],
    ])("takes none when there is %s", async (what, code) => {
      const old = await registry().add(newDevice({ clientIds: [`import ${what}`] }));
      if (what === "a tombstone") await registry().setStatus(old.id, ["active"], "removed");
      const fresh = Array.from({ length: 1200 }, () => newDevice());
      const culprit = {
        "a device that is there": newDevice({ id: old.id }),
        "a device twice": newDevice({ id: fresh[3]?.id ?? "" }),
        "a tombstone": newDevice({ id: old.id }),
        "a client id of another device": newDevice({ clientIds: [`import ${what}`] }),
      }[what] as NewDevice;
      const error = await registry()
        .importMany([...fresh, culprit])
        .catch((error: unknown) => error);
      expect(error).toBeInstanceOf(RegistryError);
      expect(error).toMatchObject({ code });
      if (code === "device_exists") expect((error as Error).message).toContain(culprit.id);
      for (const { id } of fresh) expect(await registry().find(id)).toBeUndefined();
    });
  });
}
