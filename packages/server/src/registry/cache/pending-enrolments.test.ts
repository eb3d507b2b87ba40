import { describe, expect, it, vi } from "vitest";
import { StoreUnavailable } from "../device-registry.ts";
import { cachesUnderControl, healthOf } from "../testing/cached-under-control.ts";

const { open, newDevice, store } = cachesUnderControl();

describe("a noted enrolment", () => {
  it.each(["active", "pending"] as const)("is found at once as %s, and written with the next flush", async (status) => {
    const { cached, control } = open();
    const device = newDevice({ status, group: "g", clientIds: [`enrolled ${status}`] });
    expect(await cached.find(device.id)).toBeUndefined();
    expect(cached.noteEnrolment(device)).toBe(true);
    const expected = { ...device, kind: "device", minKeyGeneration: 0, rules: [], attributes: {} };
    expect(await cached.find(device.id)).toEqual(expected);
    expect(cached.peek(device.id)).toMatchObject({ device: expected });
    expect(await cached.findClientIdOwner(`enrolled ${status}`)).toBe(device.id);
    expect(store().find(device.id)).toBeUndefined();
    await cached.flush();
    expect(store().find(device.id)).toEqual(expected);
    expect(await cached.find(device.id)).toEqual(expected);
    expect(control.calls.enrol).toBe(1);
    expect(cached.counters().enrolmentsWaiting).toBe(0);
  });

  it("comes with its first sightings", async () => {
    const { cached } = open();
    const device = newDevice();
    cached.noteEnrolment(device);
    cached.noteSighting({ deviceId: device.id, at: 2000, address: "192.0.2.7", clientId: "first of all" });
    const expected = { firstSeenAt: 2000, lastAddress: "192.0.2.7", clientIds: ["first of all"] };
    expect(cached.peek(device.id)).toMatchObject({ device: expected });
    expect(await cached.findClientIdOwner("first of all")).toBe(device.id);
    await cached.flush();
    expect(store().find(device.id)).toMatchObject(expected);
  });

  it("keeps its sightings until it is written itself", async () => {
    const { cached, control } = open();
    const device = newDevice();
    cached.noteEnrolment(device);
    cached.noteSighting({ deviceId: device.id, at: 2000, clientId: "kept back" });
    control.failNext = new StoreUnavailable("locked", "The store is locked.");
    await cached.flush();
    expect(cached.counters()).toMatchObject({ enrolmentsWaiting: 1, sightingsWaiting: 1 });
    await cached.flush();
    expect(store().find(device.id)).toMatchObject({ lastSeenAt: 2000, clientIds: ["kept back"] });
  });

  it("may be noted again for the same, not for more", () => {
    const { cached } = open();
    const device = newDevice({ schemes: ["jwt"] });
    expect(cached.noteEnrolment(device)).toBe(true);
    expect(cached.noteEnrolment(device)).toBe(true);
    // two identities of different schemes never become one device
    expect(cached.noteEnrolment({ ...device, schemes: ["xiaozhi-hmac"] })).toBe(false);
    expect(cached.noteEnrolment({ ...device, status: "pending" })).toBe(false);
    expect(cached.counters().enrolmentsWaiting).toBe(1);
  });

  it("is bounded, and refused with nothing noted", async () => {
    const { cached } = open({ maxEnrolments: 2 });
    const devices = [newDevice(), newDevice(), newDevice()];
    expect(devices.map((device) => cached.noteEnrolment(device))).toEqual([true, true, false]);
    expect(await cached.find(devices[2]?.id ?? "")).toBeUndefined();
    expect(cached.counters()).toMatchObject({ enrolmentsWaiting: 2, enrolmentsRefused: 1 });
    await cached.flush();
    expect(devices.map((device) => cached.noteEnrolment(device))).toEqual([true, true, true]);
  });

  it("is refused while the store is not ready", () => {
    const { cached, control, now } = open();
    for (const state of ["full", "read-only", "missing", "locked"] as const) {
      control.health = healthOf(state, now());
      expect(cached.noteEnrolment(newDevice())).toBe(false);
    }
    expect(() => cached.noteEnrolment(newDevice({ id: "" }))).toThrow(RangeError);
  });

  it("waits, and stays visible, when the store fails before it is written", async () => {
    const { cached, control, now, pass } = open({ goOnForMs: 1000 });
    const device = newDevice();
    cached.noteEnrolment(device);
    control.failNext = new StoreUnavailable("full", "The store is full.");
    await cached.flush();
    expect(cached.counters()).toMatchObject({ enrolmentsWaiting: 1, enrolmentsFailed: 0 });
    expect(await cached.find(device.id)).toMatchObject({ id: device.id });
    control.health = healthOf("missing", now());
    expect(await cached.find(device.id)).toMatchObject({ id: device.id });
    pass(1000); // like every other device
    expect(() => cached.find(device.id)).toThrow(StoreUnavailable);
    control.health = undefined;
    await cached.flush();
    expect(store().find(device.id)).toMatchObject({ id: device.id });
  });

  it("is given up, told of and no longer found when the store will never take it", async () => {
    const { cached, control, problems } = open();
    const device = newDevice();
    cached.noteEnrolment(device);
    control.failNext = new TypeError("with a secret in it");
    await cached.flush();
    expect(problems).toEqual(["new devices could not be written: TypeError"]);
    expect(cached.counters()).toMatchObject({ enrolmentsWaiting: 0, enrolmentsFailed: 1 });
    expect(await cached.find(device.id)).toBeUndefined();
  });

  it("is written at the end, and told of when it cannot be", async () => {
    const first = open();
    const device = newDevice();
    first.cached.noteEnrolment(device);
    first.cached.noteSighting({ deviceId: device.id, at: 2000 });
    await first.cached.close();
    expect(store().find(device.id)).toMatchObject({ lastSeenAt: 2000 });
    expect(first.problems).toEqual([]);

    const second = open();
    const late = newDevice();
    second.cached.noteEnrolment(late);
    second.cached.noteSighting({ deviceId: late.id, at: 2000 });
    second.control.health = healthOf("full", 1);
    await second.cached.close();
    expect(second.problems).toEqual([
      "1 new devices were not written before the end",
      "the last sightings of 1 devices were not written before the end",
    ]);
  });
});

describe("an enrolment and an operator who mean the same id", () => {
  function latch() {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    return { held, release };
  }

  it.each(["add", "importMany"] as const)("%s wins over what waits", async (way) => {
    const { cached } = open();
    const device = newDevice();
    cached.noteEnrolment(device);
    const own = { ...device, schemes: ["password" as const], group: "by hand" };
    if (way === "add") await cached.add(own);
    else await cached.importMany([newDevice(), own]);
    const expected = { schemes: ["password"], group: "by hand" };
    expect(await cached.find(device.id)).toMatchObject(expected);
    await cached.flush();
    expect(store().find(device.id)).toMatchObject(expected);
  });

  it("an add that fails gives the enrolment back", async () => {
    const { cached } = open();
    const device = newDevice();
    const taken = await cached.add(newDevice({ clientIds: ["enrolment taken"] }));
    cached.noteEnrolment(device);
    const adding = cached.add({ ...device, clientIds: ["enrolment taken"] });
    await expect(adding).rejects.toMatchObject({ code: "client_id_taken" });
    expect(await cached.find(device.id)).toMatchObject({ id: device.id, clientIds: [] });
    await cached.flush();
    expect(store().find(device.id)).toMatchObject({ id: device.id });
    expect(store().findClientIdOwner("enrolment taken")).toBe(taken.id);
  });

  it("no enrolment slips in while an add is under way", async () => {
    const { cached } = open();
    const device = newDevice();
    const adding = cached.add({ ...device, schemes: ["password"] });
    expect(cached.noteEnrolment(device)).toBe(false);
    await adding;
    expect(cached.noteEnrolment(device)).toBe(false); // the row does not allow jwt
    await cached.flush();
    expect(await cached.find(device.id)).toMatchObject({ schemes: ["password"] });
  });

  it("one that travels arrives first: the operator is told that the device is there", async () => {
    const { cached, control } = open();
    const device = newDevice();
    cached.noteEnrolment(device);
    const { held, release } = latch();
    control.slowEnrolments = held;
    const flushing = cached.flush();
    await vi.waitFor(() => expect(control.calls.enrol).toBe(1));
    const adding = cached.add({ ...device, group: "by hand" });
    release();
    await expect(adding).rejects.toMatchObject({ code: "device_exists" });
    await flushing;
    expect(store().find(device.id)).not.toHaveProperty("group");
  });

  it.each([
    ["revoked", false],
    ["revoked", true],
    ["removed", false],
    ["removed", true],
  ] as const)("a device is %s for good (travelling: %s)", async (status, travelling) => {
    const { cached, control } = open();
    const device = newDevice();
    cached.noteEnrolment(device);
    const { held, release } = latch();
    control.slowEnrolments = held;
    const flushing = travelling ? cached.flush() : undefined;
    await vi.waitFor(() => expect(control.calls.enrol).toBe(travelling ? 1 : 0));
    const changing = cached.setStatus(device.id, ["active"], status);
    release();
    await expect(changing).resolves.toMatchObject({ status });
    expect(await cached.find(device.id)).toMatchObject({ status });
    await flushing;
    expect(cached.noteEnrolment(device)).toBe(false);
    await cached.flush();
    expect(await cached.find(device.id)).toMatchObject({ status });
    expect(store().find(device.id)).toMatchObject({ status });
  });

  it("rights are set on a device that waits", async () => {
    const { cached } = open();
    const device = newDevice();
    cached.noteEnrolment(device);
    await cached.setRights(device.id, { minKeyGeneration: 4 });
    expect(await cached.find(device.id)).toMatchObject({ minKeyGeneration: 4 });
  });

  it("the row counts, not the enrolment, when somebody else was quicker", async () => {
    const { cached } = open();
    const device = newDevice();
    cached.noteEnrolment(device);
    await store().add({ ...device, schemes: ["password"] });
    expect(await cached.find(device.id)).toMatchObject({ schemes: ["password"] });
    await store().setStatus(device.id, ["active"], "removed");
    expect(await cached.find(device.id)).toMatchObject({ status: "removed" });
    await cached.flush();
    expect(store().find(device.id)).toMatchObject({ status: "removed" });
    expect(cached.counters().enrolmentsWaiting).toBe(0);
  });

  it("a change of status fails with the store, and the device goes on waiting", async () => {
    const { cached, control } = open();
    const device = newDevice();
    cached.noteEnrolment(device);
    control.failNext = new StoreUnavailable("full", "The store is full.");
    await expect(cached.setStatus(device.id, ["active"], "revoked")).rejects.toBeInstanceOf(StoreUnavailable);
    expect(cached.counters().enrolmentsWaiting).toBe(1);
  });
});
