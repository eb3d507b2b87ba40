import { describe, expect, it, vi } from "vitest";
import { cachesUnderControl } from "../testing/cached-under-control.ts";

const { open, newDevice, store } = cachesUnderControl();

describe("what was noted", () => {
  it("is written by itself after a while, the device before its sighting", async () => {
    const { cached } = open({ enrolmentsEveryMs: 5, sightingsEveryMs: 5 });
    const device = newDevice();
    cached.noteEnrolment(device);
    cached.noteSighting({ deviceId: device.id, at: 2000, clientId: "by itself" });
    await vi.waitFor(() => expect(store().find(device.id)).toMatchObject({ lastSeenAt: 2000 }), { timeout: 20_000 });
    expect(store().findClientIdOwner("by itself")).toBe(device.id);
  });

  it("is written in batches of a bounded size", async () => {
    const { cached, control } = open();
    const devices = Array.from({ length: 1201 }, () => newDevice());
    for (const device of devices) {
      expect(cached.noteEnrolment(device)).toBe(true);
      cached.noteSighting({ deviceId: device.id, at: 2000 });
      cached.noteSighting({ deviceId: device.id, at: 3000, refusal: "token_expired" });
    }
    await cached.flush();
    expect(control.calls.enrol).toBe(3);
    expect(control.calls.touch).toBeGreaterThan(4);
    for (const { id } of devices)
      expect(store().find(id)).toMatchObject({ lastSeenAt: 2000, lastRefusal: { at: 3000 } });
    expect(cached.counters()).toMatchObject({ enrolmentsWaiting: 0, sightingsWaiting: 0 });
  });
});
