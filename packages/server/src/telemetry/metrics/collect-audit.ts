import type { AuditState } from "../../audit/audit-log.ts";
import type { House } from "../../open-house.ts";
import type { Exposition } from "./exposition.ts";

/** Every state of the audit; complete, as the type says. */
const auditStates = Object.keys({
  ready: 0,
  starting: 0,
  full: 0,
  "read-only": 0,
  corrupt: 0,
  unavailable: 0,
} satisfies Record<AuditState, 0>);

export function collectAudit({ audit }: Pick<House, "audit">, out: Exposition): void {
  const { state, queued, dropped, unlisted = 0, rows, bytes } = audit.health();
  out.oneHot("connack_audit_state", auditStates, state);
  out.set("connack_audit_events_waiting", queued);
  out.set("connack_audit_events_dropped_total", dropped - unlisted);
  out.set("connack_audit_events_unlisted_total", unlisted);
  out.set("connack_audit_rows", rows);
  out.set("connack_audit_bytes", bytes);
}
