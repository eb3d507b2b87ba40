import { expect, it, vi } from "vitest";
import { openTestAudit } from "./testing/open-test-audit.ts";

const plenty = { keepFor: 30 * 86_400, maxRows: 1_000_000, maxBytes: 1_000_000_000 };

function filled() {
  const opened = openTestAudit({ tuning: { rowsAtOnce: 100_000 } });
  for (let n = 0; n < 1500; n++) {
    const deviceId = `lamp-${n}`;
    opened.audit.record({ type: "change", reason: "device.set", deviceId, detail: "x".repeat(900), actor: "cli" });
  }
  return opened;
}

it("keeps to a smaller size that is given to it while it runs", async () => {
  const { audit } = filled();
  await audit.flush();
  expect(audit.health()).toMatchObject({ rows: 1500, bytes: expect.any(Number) });
  expect(audit.health().bytes).toBeGreaterThan(1_500_000);
  audit.limit({ ...plenty, maxBytes: 1_000_000 });
  await vi.waitFor(async () => {
    audit.record({ type: "service", reason: "looked" });
    await audit.flush();
    expect(audit.health().rows).toBeLessThan(1000);
  }, 20_000);
  expect(audit.health().rows).toBeGreaterThan(100);
});

it("keeps to fewer rows, also when it is opened only afterwards", async () => {
  const { audit, all } = openTestAudit();
  audit.limit({ ...plenty, maxRows: 1000 });
  for (let n = 0; n < 1100; n++)
    audit.record({ type: "change", reason: "device.set", deviceId: `d${n}`, actor: "cli" });
  await vi.waitFor(async () => expect(await all()).toHaveLength(1000), 20_000);
});

it("keeps to a shorter time, and to a longer one again", async () => {
  const { audit, all, clock } = openTestAudit();
  const old = { type: "change", reason: "device.set", actor: "cli", at: clock.now - 3_600_000 } as const;
  audit.limit({ ...plenty, keepFor: 60 });
  audit.record(old);
  await vi.waitFor(async () => expect(await all()).toEqual([]), 20_000);
  audit.limit(plenty);
  audit.record(old);
  expect(await all()).toHaveLength(1);
});
