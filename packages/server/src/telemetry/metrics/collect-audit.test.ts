import { expect, it } from "vitest";
import { silentAudit } from "../../audit/testing/silent-audit.ts";
import { readExposition } from "../testing/read-exposition.ts";
import { collectAudit } from "./collect-audit.ts";
import { Exposition } from "./exposition.ts";

it("tells what is lost from what only has no line of its own", async () => {
  const health = { state: "ready", since: 0, detail: "", queued: 7, dropped: 120, unlisted: 100 } as const;
  const out = new Exposition();
  collectAudit({ audit: { ...silentAudit, health: () => health } }, out);
  const lines = readExposition((await out.render()).body);
  expect(lines.get("connack_audit_events_dropped_total")).toBe(20);
  expect(lines.get("connack_audit_events_unlisted_total")).toBe(100);
  expect(lines.get("connack_audit_events_waiting")).toBe(7);
});
