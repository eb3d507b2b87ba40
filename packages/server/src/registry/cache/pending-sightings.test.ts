import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { maxClientIds } from "../device.ts";
import { type Sighting, StoreUnavailable } from "../device-registry.ts";
import { cachesUnderControl, healthOf } from "../testing/cached-under-control.ts";

const { open, newDevice, store } = cachesUnderControl();

describe("a noted sighting", () => {
  it("is seen at once, written with the next flush, and folded", async () => {
    const { cached, control } = open();
    const { id: deviceId } = await cached.add(newDevice());
    await cached.find(deviceId);
    for (let at = 2000; at < 3000; at++) cached.noteSighting({ deviceId, at, address: `192.0.2.${at % 250}` });
    cached.noteSighting({ deviceId, at: 3000, refusal: "bad_signature" });
    const expected = {
      firstSeenAt: 2000,
      lastSeenAt: 2999,
      lastAddress: "192.0.2.249",
      lastRefusal: { reason: "bad_signature", at: 3000 },
    };
    expect(cached.peek(deviceId)).toMatchObject({ device: expected });
    expect(store().find(deviceId)).not.toHaveProperty("lastSeenAt");
    expect(cached.counters()).toMatchObject({ sightingsWaiting: 1, sightingsDropped: 0 });
    await cached.flush();
    expect(store().find(deviceId)).toMatchObject(expected);
    expect(control.calls.touch).toBe(1);
    expect(cached.counters().sightingsWaiting).toBe(0);
    expect(await cached.find(deviceId)).toEqual(store().find(deviceId));
  });

  it("is seen by whoever reads the device later, while it waits", async () => {
    const { cached } = open();
    const { id: deviceId } = await cached.add(newDevice());
    cached.noteSighting({ deviceId, at: 2000, clientId: "early" });
    expect(await cached.find(deviceId)).toMatchObject({ lastSeenAt: 2000, clientIds: ["early"] });
  });

  it("binds a free client id at once, and no other", async () => {
    const { cached } = open();
    const [one, two] = [await cached.add(newDevice()), await cached.add(newDevice())];
    const taken = await cached.add(newDevice({ clientIds: ["noted taken"] }));
    for (const { id } of [one, two]) await cached.find(id);
    cached.noteSighting({ deviceId: one.id, at: 2000, clientId: "wanted by both" });
    cached.noteSighting({ deviceId: two.id, at: 2000, clientId: "wanted by both" });
    cached.noteSighting({ deviceId: two.id, at: 2001, clientId: "noted taken" });
    const check = async () => {
      expect(await cached.findClientIdOwner("wanted by both")).toBe(one.id);
      expect(await cached.findClientIdOwner("noted taken")).toBe(taken.id);
      expect(await cached.find(one.id)).toMatchObject({ clientIds: ["wanted by both"] });
      expect(await cached.find(two.id)).toMatchObject({ clientIds: [], lastSeenAt: 2001 });
    };
    await check();
    await cached.flush();
    await check();
  });

  it("moves a client id to the end of those of its device", async () => {
    const { cached } = open();
    const { id: deviceId } = await cached.add(newDevice({ clientIds: ["move-a", "move-b"] }));
    await cached.find(deviceId);
    cached.noteSighting({ deviceId, at: 2000, clientId: "move-a" });
    expect(cached.peek(deviceId)).toMatchObject({ device: { clientIds: ["move-b", "move-a"] } });
    await cached.flush();
    expect(store().find(deviceId)).toMatchObject({ clientIds: ["move-b", "move-a"] });
  });

  it("gives client ids of a device that invents them up, in memory as in the store", async () => {
    const { cached } = open();
    const { id: deviceId } = await cached.add(newDevice());
    const invented = Array.from({ length: maxClientIds + 20 }, (_, index) => `invented-${index}`);
    for (const [at, clientId] of invented.entries()) {
      await cached.find(deviceId);
      cached.noteSighting({ deviceId, at, clientId });
    }
    expect(cached.peek(deviceId)).toMatchObject({ device: { clientIds: invented.slice(20) } });
    await cached.flush();
    expect(await cached.find(deviceId)).toEqual(store().find(deviceId));
    expect(store().find(deviceId)).toMatchObject({ clientIds: invented.slice(20) });
    expect(await cached.findClientIdOwner("invented-19")).toBeUndefined();
    expect(await cached.findClientIdOwner("invented-20")).toBe(deviceId);
  });

  it.each(["revoked", "removed"] as const)("does nothing for a device that is %s meanwhile", async (status) => {
    const { cached } = open();
    const { id: deviceId } = await cached.add(newDevice());
    await cached.find(deviceId);
    cached.noteSighting({ deviceId, at: 2000, clientId: `before ${status}` });
    const expected = await cached.setStatus(deviceId, ["active"], status);
    expect(await cached.find(deviceId)).toEqual(expected);
    cached.noteSighting({ deviceId, at: 3000, clientId: `after ${status}` });
    expect(await cached.find(deviceId)).toEqual(expected);
    await cached.flush();
    expect(store().find(deviceId)).toEqual(expected);
    expect(await cached.find(deviceId)).toEqual(expected);
    expect(await cached.findClientIdOwner(`before ${status}`)).toBeUndefined();
  });

  it("binds no client id that the operator has taken away meanwhile", async () => {
    const { cached } = open();
    const { id: deviceId } = await cached.add(newDevice());
    await cached.find(deviceId);
    cached.noteSighting({ deviceId, at: 2000, clientId: "taken away" });
    await cached.setRights(deviceId, { clientIds: ["operator's choice"] });
    expect(await cached.findClientIdOwner("taken away")).toBeUndefined();
    await cached.flush();
    expect(await cached.find(deviceId)).toMatchObject({ clientIds: ["operator's choice"], lastSeenAt: 2000 });
  });

  it("is bounded by devices, and passed over for those known not to be there", async () => {
    const { cached } = open({ maxSightings: 3 });
    await cached.find("not there");
    cached.noteSighting({ deviceId: "not there", at: 1 });
    for (let index = 0; index < 10; index++) cached.noteSighting({ deviceId: `crowd-${index % 5}`, at: 1 });
    expect(cached.counters()).toMatchObject({ sightingsWaiting: 3, sightingsDropped: 4 });
  });

  it("waits while the store cannot write, and loses nothing", async () => {
    const { cached, control } = open();
    const { id: deviceId } = await cached.add(newDevice());
    cached.noteSighting({ deviceId, at: 2000, clientId: "patient" });
    control.health = healthOf("full", 1);
    await cached.flush();
    expect(control.calls.touch).toBe(0);
    control.health = undefined;
    control.failNext = new StoreUnavailable("full", "The store is full."); // not noticed before
    await cached.flush();
    expect(cached.counters().sightingsWaiting).toBe(1);
    await cached.flush();
    expect(store().find(deviceId)).toMatchObject({ lastSeenAt: 2000, clientIds: ["patient"] });
  });

  it("is not lost when the device is noted again while it is written", async () => {
    const { cached, control } = open();
    const { id: deviceId } = await cached.add(newDevice());
    cached.noteSighting({ deviceId, at: 2000 });
    let release = () => {};
    control.slowTouches = new Promise<void>((resolve) => {
      release = resolve;
    });
    const flushing = cached.flush();
    await vi.waitFor(() => expect(control.calls.touch).toBe(1));
    cached.noteSighting({ deviceId, at: 3000, clientId: "meanwhile" });
    release();
    await flushing;
    expect(await cached.findClientIdOwner("meanwhile")).toBe(deviceId);
    await cached.flush();
    expect(store().find(deviceId)).toMatchObject({ lastSeenAt: 3000, clientIds: ["meanwhile"] });
  });

  it("is told of when it cannot be written at all", async () => {
    const { cached, control, problems } = open();
    const { id: deviceId } = await cached.add(newDevice());
    cached.noteSighting({ deviceId, at: 2000 });
    control.failNext = new TypeError("with a secret in it");
    await cached.flush();
    expect(problems).toEqual(["sightings could not be written: TypeError"]);
    expect(cached.counters().sightingsWaiting).toBe(0);
  });

  it("changes the device in memory as the store does", async () => {
    const { cached } = open();
    const clientIds = ["alike-a", "alike-b", "alike-c"];
    const sighting = fc.record({
      at: fc.integer({ min: 1, max: 9 }),
      address: fc.option(fc.constantFrom("192.0.2.1", "192.0.2.2"), { nil: undefined }),
      clientId: fc.option(fc.constantFrom(...clientIds), { nil: undefined }),
      refusal: fc.option(fc.constantFrom("bad_signature", "token_expired"), { nil: undefined }),
    });
    const step = fc.oneof({ weight: 5, arbitrary: sighting }, { weight: 1, arbitrary: fc.constant("flush" as const) });
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { id: deviceId } = await cached.add(newDevice());
      await cached.find(deviceId);
      for (const step of steps) {
        if (step === "flush") await cached.flush();
        else cached.noteSighting(definedOnly({ deviceId, ...step }));
      }
      const inMemory = await cached.find(deviceId);
      await cached.flush();
      expect(inMemory).toEqual(store().find(deviceId));
      await cached.setStatus(deviceId, ["active"], "removed");
    });
    await fc.assert(property, { seed: 4711, numRuns: 150 });
  });
});

function definedOnly(sighting: { [Key in keyof Sighting]: Sighting[Key] | undefined }): Sighting {
  return Object.fromEntries(Object.entries(sighting).filter(([, value]) => value !== undefined)) as unknown as Sighting;
}
