import type { AuditLog } from "../audit/audit-log.ts";
import { countText } from "../audit/timeline/time-text.ts";

/** What a reader of the audit has to know first: that it is not being written. Empty while it is. */
export function auditWarnings(audit: Pick<AuditLog, "health">): string[] {
  const { state, since, detail, queued, dropped } = audit.health();
  if (state === "ready" || state === "starting") return [];
  const at = new Date(since).toISOString();
  const waiting = queued > 0 ? `; ${countText(queued)} events wait to be written` : "";
  const lost = dropped > 0 ? `; ${countText(dropped)} were lost` : "";
  const why = detail === "" ? "" : ` ${detail}`;
  return [
    `The audit is not being written since ${at.slice(0, 10)} ${at.slice(11, 16)} UTC (${state}): what follows is incomplete${waiting}${lost}.${why}`,
  ];
}
