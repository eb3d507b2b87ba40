import { expect, it } from "vitest";
import type { Device } from "./device.ts";
import { isLentName, LentDevices, mostLent } from "./lent-devices.ts";

function setup() {
  const clock = { now: 1_000_000 };
  return { clock, lent: new LentDevices(() => clock.now) };
}

const name = (n: number) => `verify-${n.toString(16).padStart(24, "0")}`;

function device(id: string, clientIds: string[] = [id]): Device {
  return {
    ...{ id, clientIds, kind: "device", status: "active", schemes: ["jwt"], minKeyGeneration: 0 },
    ...{ attributes: {}, rules: [], createdAt: 0 },
  } as Device;
}

it("finds what is lent, by name and by client id, until it is given back", () => {
  const { lent, clock } = setup();
  const lease = lent.lend([device(name(1), ["c1"]), device(name(2))], clock.now + 1000);
  expect(lent.find(name(1))).toMatchObject({ id: name(1) });
  expect(lent.ownerOf("c1")).toBe(name(1));
  expect(lent.ownerOf(name(2))).toBe(name(2));
  expect(lent.giveBack(lease)).toEqual([name(1), name(2)]);
  expect(lent.find(name(1))).toBeUndefined();
  expect(lent.ownerOf("c1")).toBeUndefined();
  expect(lent.giveBack(lease)).toEqual([]);
});

it("ends a lease by itself, and no other", () => {
  const { lent, clock } = setup();
  lent.lend([device(name(1))], clock.now + 1000);
  lent.lend([device(name(2))], clock.now + 2000);
  clock.now += 1000;
  expect(lent.find(name(1))).toBeUndefined();
  expect(lent.ownerOf(name(1))).toBeUndefined();
  expect(lent.find(name(2))).toBeDefined();
  expect(lent.room).toBe(mostLent - 1);
});

it("lends nobody whose name others may have, and no more than there is room for", () => {
  const { lent, clock } = setup();
  expect(() => lent.lend([device("sensor-1")], clock.now + 1000)).toThrow(RangeError);
  const all = Array.from({ length: mostLent }, (_, n) => device(name(n)));
  lent.lend(all, clock.now + 1000);
  expect(lent.room).toBe(0);
  expect(() => lent.lend([device(name(mostLent))], clock.now + 1000)).toThrow(RangeError);
  expect(lent.find(name(mostLent))).toBeUndefined();
});

it("binds a free client id to who was let in with it, and takes none from another", () => {
  const { lent, clock } = setup();
  const lease = lent.lend([device(name(1)), device(name(2))], clock.now + 1000);
  lent.note({ deviceId: name(1), at: clock.now, clientId: "mine" });
  lent.note({ deviceId: name(2), at: clock.now, clientId: "mine" });
  lent.note({ deviceId: name(2), at: clock.now, clientId: "refused", refusal: "bad_signature" });
  expect(lent.ownerOf("mine")).toBe(name(1));
  expect(lent.find(name(1))?.clientIds).toEqual([name(1), "mine"]);
  expect(lent.ownerOf("refused")).toBeUndefined();
  lent.giveBack(lease);
  expect(lent.ownerOf("mine")).toBeUndefined();
});

it.each([name(7), name(7).toUpperCase(), "0e:7e:57:00:00:01"])("%s is a name for throw-away devices alone", (id) => {
  expect(isLentName(id)).toBe(true);
});

it.each(["verify-1", "sensor-1", "0e:7e:58:00:00:01", "0e:7e:57:", `${name(7)}0`])("%s is not", (id) => {
  expect(isLentName(id)).toBe(false);
});
