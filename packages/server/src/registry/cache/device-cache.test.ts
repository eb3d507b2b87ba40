import { describe, expect, it } from "vitest";
import { StoreUnavailable } from "../device-registry.ts";
import { cachesUnderControl, healthOf } from "../testing/cached-under-control.ts";

const { open, newDevice, store } = cachesUnderControl();
const minute = 60_000;

function latch() {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { held, release };
}

describe("what was read once", () => {
  it("is answered from memory, devices known not to be there too", async () => {
    const { cached, control } = open();
    const { id } = await cached.add(newDevice({ clientIds: ["memory"] }));
    expect(cached.peek(id)).toBeUndefined();
    expect(cached.peek("nobody")).toBeUndefined();
    for (let time = 0; time < 3; time++) {
      expect(await cached.find(id)).toMatchObject({ id });
      expect(await cached.find("nobody")).toBeUndefined();
      expect(await cached.findClientIdOwner("memory")).toBe(id);
      expect(await cached.findClientIdOwner("nobody's")).toBeUndefined();
    }
    expect(cached.peek(id)).toMatchObject({ device: { id } });
    expect(cached.peek("nobody")).toEqual({ device: undefined });
    expect(cached.peekClientIdOwner("memory")).toMatchObject({ owner: id });
    expect(cached.peekClientIdOwner("nobody's")).toMatchObject({ owner: undefined });
    expect(control.calls).toMatchObject({ find: 2, findClientIdOwner: 1 }); // the owner came with the device
    expect(cached.counters()).toMatchObject({ misses: 2, hits: 6, devices: 2 });
  });

  it("is bounded", async () => {
    const { cached } = open({ maxDevices: 10 });
    for (let index = 0; index < 100; index++) await cached.find(`bounded-${index}`);
    expect(cached.counters()).toMatchObject({ devices: 10, evicted: 90 });
    expect(cached.peek("bounded-0")).toBeUndefined();
    expect(cached.peek("bounded-99")).toEqual({ device: undefined });
  });

  it("cannot be changed by whoever gets it", async () => {
    const { cached } = open();
    const { id } = await cached.add(newDevice({ attributes: { a: "b" } }));
    const device = await cached.find(id);
    expect(() => device?.schemes.push("password")).toThrow(TypeError);
    expect(() => Object.assign(device ?? {}, { status: "active" })).toThrow(TypeError);
    expect(() => Object.assign(device?.attributes ?? {}, { a: "c" })).toThrow(TypeError);
  });

  it("is dropped at each change, by whichever way it comes", async () => {
    const { cached } = open();
    const device = newDevice({ clientIds: ["dropped"] });
    expect(await cached.find(device.id)).toBeUndefined();
    expect(await cached.findClientIdOwner("dropped")).toBeUndefined();
    await store().add(device);
    expect(await cached.find(device.id)).toMatchObject({ status: "active" });
    expect(await cached.findClientIdOwner("dropped")).toBe(device.id);
    await store().setRights(device.id, { clientIds: [] });
    expect(await cached.findClientIdOwner("dropped")).toBeUndefined();
    await store().setStatus(device.id, ["active"], "removed");
    expect(await cached.find(device.id)).toMatchObject({ status: "removed" });
  });

  it("is not overwritten by an answer that was on its way when the device changed", async () => {
    const { cached, control } = open();
    const { id } = await cached.add(newDevice());
    const { held, release } = latch();
    control.slowReads = held;
    const before = cached.find(id); // the store has answered "active"; the answer travels
    await cached.setStatus(id, ["active"], "revoked");
    control.slowReads = undefined;
    expect(await cached.find(id)).toMatchObject({ status: "revoked" }); // does not wait for the old answer
    release();
    expect(await before).toMatchObject({ status: "active" }); // asked before the change: either is right
    expect(await cached.find(id)).toMatchObject({ status: "revoked" });
    expect(cached.peek(id)).toMatchObject({ device: { status: "revoked" } });
  });

  it("is not overwritten by an owner that was on its way when the client id changed hands", async () => {
    const { cached, control } = open();
    const old = await cached.add(newDevice({ clientIds: ["changing hands"] }));
    const { held, release } = latch();
    control.slowReads = held;
    const before = cached.findClientIdOwner("changing hands");
    await cached.setRights(old.id, { clientIds: [] });
    const next = await cached.add(newDevice({ clientIds: ["changing hands"] }));
    release();
    await before;
    control.slowReads = undefined;
    expect(await cached.findClientIdOwner("changing hands")).toBe(next.id);
  });

  it("is asked for once by many at the same time", async () => {
    const { cached, control } = open();
    const { id } = await cached.add(newDevice());
    const { held, release } = latch();
    control.slowReads = held;
    const asking = Array.from({ length: 20 }, () => cached.find(id));
    release();
    for (const device of await Promise.all(asking)) expect(device).toMatchObject({ id });
    expect(control.calls.find).toBe(1);
  });
});

describe("while the store cannot be read", () => {
  it.each(["missing", "corrupt", "locked", "unavailable"] as const)(
    "(%s) known devices go on for a while",
    async (state) => {
      const { cached, control, pass, now } = open({ goOnForMs: 15 * minute });
      const { id } = await cached.add(newDevice({ clientIds: [`of ${state}`] }));
      await cached.find(id);
      await cached.find("nobody");
      await cached.add(newDevice()); // a change elsewhere makes nobody's client id doubtful
      pass(minute);
      control.health = healthOf(state, now() - minute);
      for (const minutes of [0, 7, 6]) {
        pass(minutes * minute);
        expect(await cached.find(id)).toMatchObject({ id });
        expect(cached.peek(id)).toMatchObject({ device: { id } });
        expect(await cached.findClientIdOwner(`of ${state}`)).toBe(id);
      }
      // nobody else, and whoever was not there before may be there by now
      expect(cached.peek("nobody")).toBeUndefined();
      expect(() => cached.find("nobody")).toThrow(StoreUnavailable);
      expect(() => cached.find("never seen")).toThrow(StoreUnavailable);
      expect(cached.peekClientIdOwner("nobody's")).toBeUndefined();
      expect(() => cached.findClientIdOwner("nobody's")).toThrow(StoreUnavailable);

      control.health = healthOf(state === "missing" ? "corrupt" : "missing", now()); // the same trouble, not a new one
      pass(minute);
      expect(cached.peek(id)).toBeUndefined();
      expect(cached.peekClientIdOwner(`of ${state}`)).toBeUndefined();
      expect(() => cached.find(id)).toThrow(StoreUnavailable);
    },
  );

  it("nobody goes on when that is switched off", async () => {
    const { cached, control, now } = open({ goOnForMs: 0 });
    const { id } = await cached.add(newDevice());
    await cached.find(id);
    control.health = healthOf("missing", now());
    expect(() => cached.find(id)).toThrow(StoreUnavailable);
  });

  it("nothing is kept of the time before: the file may be another one", async () => {
    const { cached, control, now } = open();
    const { id } = await cached.add(newDevice());
    await cached.find(id);
    control.health = healthOf("missing", now(), 1);
    expect(cached.peek(id)).toBeDefined();
    control.health = healthOf("ready", now() + 5, 2);
    expect(cached.peek(id)).toBeUndefined();
    expect(await cached.find(id)).toMatchObject({ id });
    control.health = healthOf("ready", now() + 5, 3); // replaced so quickly that nobody saw it missing
    expect(cached.peek(id)).toBeUndefined();
  });

  it.each(["full", "read-only"] as const)("(not so when it is only %s) everything is answered", async (state) => {
    const { cached, control, now, pass } = open();
    const [known, other] = [await cached.add(newDevice()), await cached.add(newDevice())];
    await cached.find(known.id);
    const epoch = cached.health().epoch ?? 0;
    control.health = healthOf(state, now(), epoch);
    pass(60 * minute);
    expect(cached.peek(known.id)).toMatchObject({ device: { id: known.id } });
    expect(await cached.find(other.id)).toMatchObject({ id: other.id });
    expect(await cached.find("not there")).toBeUndefined();
  });
});
