import type { AuditLog } from "../audit-log.ts";

/** An audit that keeps nothing, for tests of what only passes it on. */
export const silentAudit: AuditLog = {
  record() {},
  query: () => Promise.resolve({ events: [] }),
  reasons: () => Promise.resolve([]),
  follow: () => ({ close() {}, async *[Symbol.asyncIterator]() {} }),
  health: () => ({ state: "ready", since: 0, detail: "", queued: 0, dropped: 0 }),
  limit() {},
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
