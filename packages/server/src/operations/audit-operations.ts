import { auditQueryInput, queryAudit } from "./audit-query.ts";
import { auditReasonsInput, countReasons } from "./audit-reasons.ts";
import { deviceTimeline, deviceTimelineInput } from "./device-timeline.ts";
import { type Operation, operation } from "./operation.ts";

export const auditOperations: readonly Operation[] = [
  operation({ name: "audit.query", role: "viewer", input: auditQueryInput, run: queryAudit }) as Operation,
  operation({ name: "audit.reasons", role: "viewer", input: auditReasonsInput, run: countReasons }) as Operation,
  operation({ name: "device.timeline", role: "viewer", input: deviceTimelineInput, run: deviceTimeline }) as Operation,
];
