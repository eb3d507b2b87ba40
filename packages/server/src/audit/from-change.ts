import type { Change } from "../operations/operation.ts";
import type { NewAuditEvent } from "./audit-event.ts";
import { eventText } from "./event-text.ts";

/** The event of something that `actor` changed with `operation`. */
export function fromChange(operation: string, actor: string, { deviceId, detail }: Change): NewAuditEvent {
  const event: NewAuditEvent = { type: "change", reason: operation, actor };
  if (deviceId !== undefined) event.deviceId = eventText(deviceId);
  if (detail !== undefined) event.detail = eventText(detail, 1000);
  return event;
}
