import { describe, expect, it, vi } from "vitest";
import type { Device } from "../device.ts";
import { cachesUnderControl, healthOf } from "../testing/cached-under-control.ts";
import { isRevisit, lastRevisit, type Revisited, Revisits } from "./revisits.ts";

const { open, newDevice, store } = cachesUnderControl();
const minute = 60_000;
const device = { id: "d", lastSeenAt: 2000, lastAddress: "192.0.2.1", clientIds: ["a", "b"] } as unknown as Device;

/** A device in memory that has been seen, which is written. */
async function seenDevice(subject: ReturnType<typeof open>): Promise<string> {
  const { id: deviceId } = await subject.cached.add(newDevice({ clientIds: [`client of ${Math.random()}`] }));
  await subject.cached.find(deviceId);
  subject.cached.noteSighting({ deviceId, at: 2000, address: "192.0.2.1" });
  await subject.cached.flush();
  return deviceId;
}

describe("that a device came again", () => {
  it("is seen at once, and written after a minute", async () => {
    const subject = open({ sightingsEveryMs: 5 });
    const { cached, control, pass } = subject;
    const deviceId = await seenDevice(subject);
    const other = await seenDevice(subject);
    const before = control.calls.touch;
    cached.noteSighting({ deviceId, at: 3000, address: "192.0.2.1" });
    pass(minute - 1);
    cached.noteSighting({ deviceId, at: 4000 });
    expect(await cached.find(deviceId)).toMatchObject({ firstSeenAt: 2000, lastSeenAt: 4000 });
    // News of another device are written by the same timer.
    cached.noteSighting({ deviceId: other, at: 3000, address: "192.0.2.2" });
    await vi.waitFor(() => expect(control.calls.touch).toBe(before + 1));
    expect(store().find(deviceId)).toMatchObject({ lastSeenAt: 2000 });
    expect(cached.counters().sightingsWaiting).toBe(1);
    pass(1);
    await vi.waitFor(() => expect(store().find(deviceId)).toMatchObject({ firstSeenAt: 2000, lastSeenAt: 4000 }));
    expect(await cached.find(deviceId)).toEqual(store().find(deviceId));
    await vi.waitFor(() => expect(cached.counters().sightingsWaiting).toBe(0));
  });

  it("is seen by whoever reads the device anew, and not forgotten with what is in memory", async () => {
    const subject = open();
    const { cached } = subject;
    const deviceId = await seenDevice(subject);
    cached.noteSighting({ deviceId, at: 3000 });
    await cached.setRights(deviceId, { attributes: { place: "roof" } });
    expect(await cached.find(deviceId)).toMatchObject({ attributes: { place: "roof" }, lastSeenAt: 3000 });
    await cached.flush();
    expect(store().find(deviceId)).toMatchObject({ lastSeenAt: 3000 });
  });

  it("is written by close, with many others in small batches", async () => {
    const subject = open();
    const ids = [];
    for (let index = 0; index < 200; index++) ids.push(await seenDevice(subject));
    for (const deviceId of ids) subject.cached.noteSighting({ deviceId, at: 3000 });
    const batches: number[] = [];
    subject.control.onWrite = (_, deviceIds) => batches.push(deviceIds.length);
    await subject.cached.close();
    for (const deviceId of ids) expect(store().find(deviceId)).toMatchObject({ lastSeenAt: 3000 });
    expect(Math.max(...batches)).toBeLessThanOrEqual(64);
  });

  it("waits while the store cannot write", async () => {
    const subject = open();
    const { cached, control } = subject;
    const deviceId = await seenDevice(subject);
    cached.noteSighting({ deviceId, at: 3000 });
    control.health = healthOf("full", 1);
    await cached.flush();
    expect(cached.counters().sightingsWaiting).toBe(1);
    control.health = undefined;
    await cached.flush();
    expect(store().find(deviceId)).toMatchObject({ lastSeenAt: 3000 });
  });

  it("is not noted with a time that is none", async () => {
    const subject = open();
    const { cached } = subject;
    const deviceId = await seenDevice(subject);
    for (const at of [Number.POSITIVE_INFINITY, 3000.5]) cached.noteSighting({ deviceId, at, address: "192.0.2.1" });
    expect(cached.counters().sightingsWaiting).toBe(0);
    expect(await cached.find(deviceId)).toMatchObject({ lastSeenAt: 2000 });
  });

  it("comes before what is noted later, as if each had been written at once", async () => {
    const subject = open();
    const { cached } = subject;
    const deviceId = await seenDevice(subject);
    cached.noteSighting({ deviceId, at: 4000 });
    cached.noteSighting({ deviceId, at: 3000, address: "192.0.2.99" }); // told late: it is at the first address since
    expect(await cached.find(deviceId)).toMatchObject({ lastSeenAt: 4000, lastAddress: "192.0.2.1" });
    await cached.flush();
    expect(store().find(deviceId)).toMatchObject({ lastSeenAt: 4000, lastAddress: "192.0.2.1" });
  });
});

describe("a revisit", () => {
  it.each([
    [{ at: 2000 }, true],
    [{ at: 3000, address: "192.0.2.1", clientId: "b" }, true],
    [{ at: 1999 }, false],
    [{ at: 3000, address: "192.0.2.2" }, false],
    [{ at: 3000, clientId: "a" }, false],
    [{ at: 3000, clientId: "c" }, false],
    [{ at: 3000, refusal: "bad_signature" as const }, false],
  ])("tells nothing but the time: %j %s", (sighting, expected) => {
    expect(isRevisit(device, { deviceId: "d", ...sighting })).toBe(expected);
  });

  it("is none when the device was never seen", () => {
    expect(isRevisit({ ...device, lastSeenAt: undefined } as unknown as Device, { deviceId: "d", at: 1 })).toBe(false);
  });
});

describe("Revisits", () => {
  /** Devices that were seen at 0 and are in memory. */
  const known = (count: number): Revisited[] =>
    Array.from({ length: count }, (_, n) => ({ device: { ...device, id: `${n}`, lastSeenAt: 0 } }));

  it("are bounded by devices", () => {
    const revisits = new Revisits(2);
    const [one, two, three] = known(3) as [Revisited, Revisited, Revisited];
    expect([one, two].map((each) => revisits.note(each, 1, () => 10))).toEqual([true, true]);
    expect(revisits.note(three, 1, () => 10)).toBe(false);
    expect(lastRevisit(three)).toBeUndefined();
    expect(revisits.note(one, 2, () => 10)).toBe(true);
    expect(revisits.size).toBe(2);
    revisits.end(one);
    revisits.endUntil(10, 10);
    expect(revisits.note(three, 1, () => 10)).toBe(true);
  });

  it("tell the latest time, also when an earlier one is told after it", () => {
    const revisits = new Revisits(2);
    const [one] = known(1) as [Revisited];
    for (const at of [5, 7, 6]) revisits.note(one, at, () => 10);
    expect(revisits.end(one)).toEqual({ deviceId: "0", at: 7 });
    revisits.note(one, 6, () => 11);
    expect(lastRevisit(one)).toEqual({ deviceId: "0", at: 7 });
  });

  it("end in the order they began, once", () => {
    const revisits = new Revisits(10_000);
    const noted = known(5000);
    for (const [n, each] of noted.entries()) revisits.note(each, n, () => n);
    const second = noted[1] as Revisited;
    expect(revisits.end(second)).toEqual({ deviceId: "1", at: 1 });
    expect(revisits.end(second)).toBeUndefined();
    expect(revisits.endUntil(2, 10)).toEqual([0, 2].map((n) => ({ deviceId: `${n}`, at: n })));
    expect(revisits.endUntil(2, 10)).toEqual([]);
    expect(revisits.endUntil(4998, 4000)).toHaveLength(4000);
    expect(revisits.endUntil(4998, 4000)).toHaveLength(4998 - 4002);
    expect(revisits.size).toBe(1);
    revisits.note(second, 9, () => 6000);
    expect(revisits.endUntil(6000, 10)).toEqual([
      { deviceId: "4999", at: 4999 },
      { deviceId: "1", at: 9 },
    ]);
    expect(lastRevisit(second)).toEqual({ deviceId: "1", at: 9 });
    expect(revisits.size).toBe(0);
  });

  it("wait their time anew when one that was ended early comes again", () => {
    const revisits = new Revisits(10);
    const [one, two] = known(2) as [Revisited, Revisited];
    revisits.note(one, 1, () => 10);
    revisits.note(two, 1, () => 11);
    revisits.end(one);
    revisits.note(one, 2, () => 20);
    expect(revisits.endUntil(19, 10)).toEqual([{ deviceId: "1", at: 1 }]);
    expect(revisits.endUntil(20, 10)).toEqual([{ deviceId: "0", at: 2 }]);
  });
});
