import { describe, expect, it, vi } from "vitest";
import { StoreUnavailable } from "../device-registry.ts";
import { type CachedUnderControl, cachesUnderControl } from "../testing/cached-under-control.ts";
import { mostIn, turnCounter } from "../testing/turn-counter.ts";

const { open, newDevice, store } = cachesUnderControl();

/** Notes devices with two sightings each; answers with their ids. */
function noteMany({ cached }: CachedUnderControl, count: number): string[] {
  const devices = Array.from({ length: count }, () => newDevice());
  for (const device of devices) {
    expect(cached.noteEnrolment(device)).toBe(true);
    cached.noteSighting({ deviceId: device.id, at: 2000, clientId: `client of ${device.id}` });
    cached.noteSighting({ deviceId: device.id, at: 3000, refusal: "token_expired" });
  }
  return devices.map(({ id }) => id);
}

function expectWritten(ids: readonly string[]): void {
  const written = { lastSeenAt: 2000, lastRefusal: { at: 3000 } };
  for (const id of ids) expect(store().find(id)).toMatchObject({ ...written, clientIds: [`client of ${id}`] });
}

describe("what was noted", () => {
  it("is written by itself after a while, the device before its sighting", async () => {
    const { cached } = open({ enrolmentsEveryMs: 5, sightingsEveryMs: 5 });
    const device = newDevice();
    cached.noteEnrolment(device);
    cached.noteSighting({ deviceId: device.id, at: 2000, clientId: "by itself" });
    await vi.waitFor(() => expect(store().find(device.id)).toMatchObject({ lastSeenAt: 2000 }), { timeout: 20_000 });
    expect(store().findClientIdOwner("by itself")).toBe(device.id);
  });

  it("is written in small batches, in the order it was noted, with a turn of the event loop between", async () => {
    const subject = open();
    const ids = noteMany(subject, 1201);
    const turn = turnCounter();
    const writes: { what: string; deviceIds: string[]; turn: number }[] = [];
    subject.control.onWrite = (what, deviceIds) => writes.push({ what, deviceIds, turn: turn() });
    await subject.cached.flush();
    const touches = writes.filter(({ what }) => what === "touch");
    const enrolments = writes.filter(({ what }) => what === "enrol");
    expect(Math.max(...writes.map(({ deviceIds }) => deviceIds.length))).toBeLessThanOrEqual(64);
    expect(mostIn(touches.map(({ turn }) => turn))).toBe(1);
    expect(mostIn(enrolments.map(({ turn }) => turn))).toBeLessThanOrEqual(4); // the first ones are sent together
    expect(enrolments.flatMap(({ deviceIds }) => deviceIds)).toEqual(ids);
    expect([...new Set(touches.flatMap(({ deviceIds }) => deviceIds))]).toEqual(ids);
    expectWritten(ids);
    expect(subject.cached.counters()).toMatchObject({ enrolmentsWaiting: 0, sightingsWaiting: 0 });
  });

  it("is written whole by close", async () => {
    const subject = open();
    const ids = noteMany(subject, 500);
    await subject.cached.close();
    expectWritten(ids);
    expect(subject.problems).toEqual([]);
  });

  it.each([
    ["one write of sightings", (what: string, call: number) => what === "touch" && call === 3],
    ["one write of enrolments", (what: string, call: number) => what === "enrol" && call === 3],
    ["every write of enrolments", (what: string) => what === "enrol"],
  ])("is not lost when the store fails in %s of several under way", async (_, fails) => {
    const subject = open();
    const { cached, control } = subject;
    const ids = noteMany(subject, 1000);
    control.onWrite = (what) => {
      if (fails(what, control.calls[what])) control.failNext = new StoreUnavailable("full", "The store is full.");
    };
    await cached.flush();
    expect(control.calls.enrol + control.calls.touch).toBeGreaterThan(3);
    control.onWrite = undefined;
    await cached.flush();
    expectWritten(ids);
    expect(cached.counters()).toMatchObject({ enrolmentsWaiting: 0, sightingsWaiting: 0 });
    expect(subject.problems).toEqual([]);
  });
});
