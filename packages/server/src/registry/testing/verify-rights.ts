// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of topics
import type { AclRuleTemplate } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import type { DeviceChange, DeviceRights } from "../device-registry.ts";
import type { RegistryUnderTest } from "./verify-registry.ts";

const rule = (...topics: string[]): AclRuleTemplate => ({ permission: "allow", action: "publish", topics });

/** Profiles and rules of devices and groups, previous passwords, services. */
export function verifyRights({ registry, newDevice }: RegistryUnderTest): void {
  describe("profile and rules of a device", () => {
    it("are set and taken away, and change nothing else", async () => {
      const before = await registry().add(newDevice({ group: "g", passwordHash: "hash" }));
      const rules = [{ ...rule("a/${deviceId}", "eq b/#"), qos: [0, 1], retain: true } as const, rule("☂")];
      expect(await registry().setRights(before.id, { profile: "sensor", rules })).toEqual({
        ...before,
        profile: "sensor",
        rules,
      });
      await registry().setRights(before.id, { minKeyGeneration: 1 });
      expect(await registry().find(before.id)).toMatchObject({ profile: "sensor", rules });
      expect(await registry().setRights(before.id, { profile: null })).toEqual({
        ...before,
        rules,
        minKeyGeneration: 1,
      });
      expect(await registry().setRights(before.id, { rules: [] })).toEqual({ ...before, minKeyGeneration: 1 });
    });

    it("are a copy of what was given", async () => {
      const rules = [rule("before")];
      const { id } = await registry().add(newDevice({ rules }));
      rules.push(rule("after"));
      expect(await registry().find(id)).toMatchObject({ rules: [rule("before")] });
    });
  });

  describe("the password before the last rotation", () => {
    const previousPassword = { hash: "first", until: 5000 };

    it("stays until it is replaced or taken away, or another password is set", async () => {
      const { id } = await registry().add(newDevice({ passwordHash: "first" }));
      const after = async (rights: DeviceRights) => {
        const { passwordHash, previousPassword } = await registry().setRights(id, rights);
        return [passwordHash, previousPassword];
      };
      expect(await after({ passwordHash: "second", previousPassword })).toEqual(["second", previousPassword]);
      expect(await after({ profile: "none" })).toEqual(["second", previousPassword]);
      const next = { hash: "second", until: 6000 };
      expect(await after({ passwordHash: "third", previousPassword: next })).toEqual(["third", next]);
      expect(await after({ passwordHash: "set anew" })).toEqual(["set anew", undefined]);
      expect(await after({ previousPassword })).toEqual(["set anew", previousPassword]);
      expect(await after({ previousPassword: null })).toEqual(["set anew", undefined]);
      expect(await after({ previousPassword })).toEqual(["set anew", previousPassword]);
      expect(await after({ passwordHash: null })).toEqual([undefined, undefined]);
      expect(await registry().find(id)).not.toHaveProperty("previousPassword");
    });

    it.each([
      ["an empty hash", { hash: "", until: 1 }],
      ["a hash too long", { hash: "h".repeat(513), until: 1 }],
      ["a time that is no whole number", { hash: "never to be quoted", until: 1.5 }],
      ["no time", { hash: "never to be quoted" } as never],
    ])("is not one with %s", async (_, previousPassword) => {
      const { id } = await registry().add(newDevice({ passwordHash: "hash" }));
      const error = await registry()
        .setRights(id, { previousPassword })
        .catch((error: unknown) => error);
      expect(error).toBeInstanceOf(RangeError);
      expect(String((error as Error).stack)).not.toContain("never to be quoted");
      expect(await registry().find(id)).not.toHaveProperty("previousPassword");
    });
  });

  describe("a service", () => {
    it("is found and listed beside the devices, or alone, and not counted with them", async () => {
      const before = await registry().count();
      const group = "rights services";
      const service = await registry().add(newDevice({ kind: "service", group }));
      const device = await registry().add(newDevice({ group }));
      expect(await registry().find(service.id)).toMatchObject({ kind: "service" });
      const idsOf = async (query: object) => (await registry().list({ group, ...query })).map(({ id }) => id);
      expect(await idsOf({})).toEqual([service.id, device.id].sort());
      expect(await idsOf({ kind: "service" })).toEqual([service.id]);
      expect(await idsOf({ kind: "device" })).toEqual([device.id]);
      expect((await registry().list({ kind: "service", limit: 1000 })).every(({ kind }) => kind === "service")).toBe(
        true,
      );
      expect(await registry().count()).toEqual({ ...before, active: before.active + 1 });
    });

    it("is not counted whatever becomes of it, and a device in its place is", async () => {
      const before = await registry().count();
      const { id } = await registry().add(newDevice({ kind: "service" }));
      await registry().setStatus(id, ["active"], "disabled");
      await registry().setStatus(id, ["disabled"], "active");
      const tombstone = await registry().setStatus(id, ["active"], "removed");
      expect(tombstone).toMatchObject({ kind: "service", status: "removed" });
      expect(await registry().count()).toEqual(before);
      await registry().add(newDevice({ id }));
      expect(await registry().find(id)).toMatchObject({ kind: "device" });
      expect(await registry().count()).toEqual({ ...before, active: before.active + 1 });
      await registry().setStatus(id, ["active"], "removed");
      expect(await registry().count()).toEqual({ ...before, removed: before.removed + 1 });
      await registry().add(newDevice({ id, kind: "service" }));
      expect(await registry().count()).toEqual(before);
    });

    it("does not become a device when its name enrols", async () => {
      const { id } = await registry().add(newDevice({ kind: "service" }));
      expect(await registry().enrol([newDevice({ id })])).toBe(0);
      expect(await registry().find(id)).toMatchObject({ kind: "service" });
    });
  });

  describe("rights of groups", () => {
    it("are kept by name, replaced as a whole, and taken away", async () => {
      const before = new Map(registry().groupRights());
      const names = ["lamps", "__proto__", "' or 1=1 --", "Lamps", "☂"];
      for (const name of names) await registry().setGroupRights(name, { profile: `of ${name}`, rules: [rule(name)] });
      const expected = new Map(names.map((name) => [name, { profile: `of ${name}`, rules: [rule(name)] }]));
      expect(new Map(registry().groupRights())).toEqual(new Map([...before, ...expected]));
      for (const [name, rights] of expected) expect(registry().findGroupRights(name)).toEqual(rights);
      for (const name of ["of nobody", "", "LAMPS", "g\ud800"]) {
        expect(registry().findGroupRights(name)).toBeUndefined();
      }
      await registry().setGroupRights("lamps", { rules: [] });
      expect(registry().groupRights().get("lamps")).toEqual({ rules: [] });
      for (const name of [...names, "of nobody"]) await registry().setGroupRights(name, null);
      expect(registry().findGroupRights("lamps")).toBeUndefined();
      expect(new Map(registry().groupRights())).toEqual(before);
    });

    it.each([
      ["a name that is empty", "", { rules: [] }],
      ["a name too long", "g".repeat(257), { rules: [] }],
      ["a name that has no UTF-8 form", "g\ud800", { rules: [] }],
      ["the same, to take it away", "g\ud800", null],
      ["an empty profile", "g", { profile: "", rules: [] }],
      ["rules too large", "g", { rules: [rule(...Array<string>(250).fill("x"))] }],
      ["rules that are none", "g", { rules: "none" as never }],
    ])("are not kept with %s", async (_, group, rights) => {
      await expect(registry().setGroupRights(group, rights)).rejects.toBeInstanceOf(RangeError);
      expect(registry().groupRights().has(group)).toBe(false);
    });
  });

  describe("what a change of rights is called", () => {
    it("`rights` where a connection may no longer be what it is, else `at next connect`, and `group`", async () => {
      const { id } = await registry().add(newDevice({ passwordHash: "hash" }));
      const previousPassword = { hash: "hash", until: 5000 };
      const kinds: DeviceChange["kind"][] = [];
      const stop = registry().onChange((change) => {
        expect(change.id).toBe(change.kind === "group" ? "lamps" : id);
        kinds.push(change.kind);
      });
      const harmless: DeviceRights[] = [
        {},
        { profile: "none" },
        { rules: [rule("a")] },
        { profile: null, rules: [] },
        { passwordHash: "next", previousPassword },
        { previousPassword },
      ];
      const cutting: DeviceRights[] = [
        { passwordHash: "set anew" },
        { passwordHash: null },
        { previousPassword: null },
        { passwordHash: "set anew", previousPassword: null },
        { schemes: ["jwt"] },
        { minKeyGeneration: 1 },
        { group: "other" },
        { attributes: {} },
        { clientIds: [] },
        { profile: "none", clientIds: [] },
        { passwordHash: "next", previousPassword, schemes: ["jwt"] },
      ];
      for (const rights of [...harmless, ...cutting]) await registry().setRights(id, rights);
      await registry().setGroupRights("lamps", { rules: [] });
      await registry().setGroupRights("lamps", null);
      await expect(registry().setGroupRights("", { rules: [] })).rejects.toThrow();
      stop();
      expect(kinds).toEqual([
        ...harmless.map(() => "at next connect"),
        ...cutting.map(() => "rights"),
        "group",
        "group",
      ]);
    });

    it("is told when the new rights are there to be read, before the promise resolves", async () => {
      const order: unknown[] = [];
      const stop = registry().onChange(() => order.push(registry().groupRights().get("told")));
      await registry().setGroupRights("told", { rules: [rule("a")] });
      order.push("resolved");
      stop();
      await registry().setGroupRights("told", null);
      expect(order).toEqual([{ rules: [rule("a")] }, "resolved"]);
    });
  });
}
