import { describe, expect, it } from "vitest";
import type { DeviceChange, StoredGroupRights, StoreState } from "../registry/device-registry.ts";
import { StoreUnavailable } from "../registry/device-registry.ts";
import { type ConfiguredGroups, createGroupRights } from "./group-rights.ts";
import { createResolveRights } from "./resolve-rights.ts";
import { deviceCalled } from "./testing/device-called.ts";

const rules = [{ permission: "allow", action: "all", topics: ["a"] } as const];
const others = [{ permission: "allow", action: "all", topics: ["b"] } as const];

/** A registry with groups, which can go away. */
function storeOf(groups: Record<string, StoredGroupRights>, state: StoreState = "ready") {
  const store = { groups: new Map(Object.entries(groups)), state, since: 1, epoch: 0, reads: 0, single: 0 };
  let tell: (change: DeviceChange) => void = () => {};
  const refuse = () => {
    if (store.state !== "ready") throw new StoreUnavailable(store.state, "It is away.");
  };
  const registry = {
    groupRights() {
      store.reads++;
      refuse();
      return new Map(store.groups);
    },
    findGroupRights(group: string) {
      store.single++;
      refuse();
      return store.groups.get(group);
    },
    onChange(listener: typeof tell) {
      tell = listener;
      return () => {};
    },
    health: () => ({ state: store.state, since: store.since, detail: "", epoch: store.epoch }),
  };
  return {
    store,
    rightsWith: (configured: ConfiguredGroups = {}) => createGroupRights(configured, registry),
    set(group: string, rights: StoredGroupRights | undefined) {
      if (rights) store.groups.set(group, rights);
      else store.groups.delete(group);
      tell({ id: group, kind: "group" });
    },
    tell: (change: DeviceChange) => tell(change),
    goes(changed: StoreState) {
      store.state = changed;
      store.since++;
    },
  };
}

describe("the rights of a group", () => {
  it("of the configuration are replaced, and those of the registry come to light behind them", () => {
    const { rightsWith } = storeOf({ both: { rules: others } });
    const rights = rightsWith({ both: { rules }, goes: { rules } });
    const resolve = createResolveRights(rights);
    const ofGroup = (group: string) => resolve(deviceCalled("d"), "jwt", group).origins[0];
    expect([ofGroup("both"), ofGroup("goes"), ofGroup("comes")]).toEqual([
      "group both (configuration), rule 1",
      "group goes (configuration), rule 1",
      expect.stringContaining("profile"),
    ]);
    rights.configure({ comes: { rules } });
    expect([ofGroup("both"), ofGroup("goes"), ofGroup("comes")]).toEqual([
      "group both (registry), rule 1",
      expect.stringContaining("profile"),
      "group comes (configuration), rule 1",
    ]);
  });

  it("are those of the configuration, else those of the registry, and say which", () => {
    const { rightsWith } = storeOf({ both: { rules: others }, stored: { profile: "xiaozhi", rules: others } });
    const rights = rightsWith({ both: { profile: "none", rules }, constructor: { rules } });
    expect(rights.find("both")).toEqual({ profile: "none", rules, from: "configuration" });
    expect(rights.find("stored")).toEqual({ profile: "xiaozhi", rules: others, from: "registry" });
    expect(rights.find("constructor")).toEqual({ rules, from: "configuration" });
    for (const group of ["", "neither", "toString", "__proto__"]) expect(rights.find(group)).toBeUndefined();
  });

  it("have the profile `none` in place of one that nobody knows or that is not for devices", () => {
    const names = ["of a newer version", "superuser", "backend", "constructor"];
    const { rightsWith } = storeOf(Object.fromEntries(names.map((profile) => [profile, { profile, rules }])));
    const rights = rightsWith();
    for (const name of names) expect(rights.find(name)).toEqual({ profile: "none", rules, from: "registry" });
  });

  it("are read once, and again after a change of a group", () => {
    const { rightsWith, set, tell, store } = storeOf({ lamps: { rules } });
    const rights = rightsWith();
    const first = rights.version();
    for (let index = 0; index < 10; index++) rights.find("lamps");
    tell({ id: "lamps", kind: "rights" });
    expect([rights.version(), store.reads]).toEqual([first, 1]);
    set("lamps", { rules: others });
    expect(rights.version()).not.toBe(first);
    expect(rights.find("lamps")).toMatchObject({ rules: others });
    set("lamps", undefined);
    expect(rights.find("lamps")).toBeUndefined();
    // What changed, and nothing else.
    expect([store.reads, store.single]).toEqual([1, 2]);
  });

  it("are read again when the file may be another one", () => {
    const { rightsWith, store } = storeOf({ lamps: { rules } });
    const rights = rightsWith();
    expect(rights.find("lamps")).toMatchObject({ rules });
    store.groups.set("lamps", { rules: others });
    store.epoch++;
    expect(rights.find("lamps")).toMatchObject({ rules: others });
  });
});

describe("while the registry is away", () => {
  it("what was read goes on, and is read anew when it is back", () => {
    const { rightsWith, goes, store } = storeOf({ lamps: { rules } });
    const rights = rightsWith();
    const first = rights.version();
    goes("missing");
    expect(rights.find("lamps")).toMatchObject({ rules });
    expect(rights.find("of nobody")).toBeUndefined();
    expect(rights.version()).toBe(first);
    expect(store.reads).toBe(1);
    store.groups.set("lamps", { rules: others });
    goes("ready");
    expect(rights.version()).not.toBe(first);
    expect(rights.find("lamps")).toMatchObject({ rules: others });
  });

  it("a change that could not be read is read later", () => {
    const { rightsWith, set, store } = storeOf({ lamps: { rules } });
    const rights = rightsWith();
    rights.find("lamps");
    store.state = "locked";
    set("lamps", { rules: others });
    expect(rights.find("lamps")).toMatchObject({ rules });
    store.state = "ready";
    expect(rights.find("lamps")).toMatchObject({ rules: others });
  });

  it("what goes away between the look and the reading goes on as well", () => {
    const { rightsWith, store } = storeOf({ lamps: { rules } });
    const rights = rightsWith();
    expect(rights.find("lamps")).toMatchObject({ rules });
    // Its health does not know yet.
    store.epoch++;
    Object.defineProperty(store, "groups", {
      get() {
        throw new StoreUnavailable("corrupt", "It is damaged.");
      },
    });
    expect(rights.find("lamps")).toMatchObject({ rules });
    expect(store.reads).toBe(2);
  });

  it("nobody can tell what a group may do that was never read, but for those of the configuration", () => {
    const { rightsWith, goes } = storeOf({ lamps: { rules } }, "missing");
    const rights = rightsWith({ fixed: { rules } });
    const resolve = createResolveRights(rights);
    expect(() => rights.find("lamps")).toThrow(StoreUnavailable);
    expect(() => resolve(deviceCalled("d"), "jwt", "lamps")).toThrow(StoreUnavailable);
    expect(resolve(deviceCalled("d"), "jwt", "fixed").rules).toHaveLength(2);
    expect(resolve(deviceCalled("d"), "jwt", undefined).profile).toBe("sensor");
    goes("ready");
    expect(resolve(deviceCalled("d"), "jwt", "lamps").rules).toHaveLength(2);
  });

  it("another error is not taken for absence", () => {
    const { rightsWith, store } = storeOf({});
    Object.defineProperty(store, "groups", {
      get() {
        throw new TypeError("not JSON");
      },
    });
    expect(() => rightsWith().version()).toThrow(TypeError);
    const read = storeOf({ lamps: { rules } });
    const rights = read.rightsWith();
    expect(rights.find("lamps")).toMatchObject({ rules });
    read.store.epoch++;
    Object.defineProperty(read.store, "groups", {
      get() {
        throw new TypeError("not JSON");
      },
    });
    expect(() => rights.find("lamps")).toThrow(TypeError);
  });
});
