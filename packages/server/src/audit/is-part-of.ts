import type { AuditEvent } from "./audit-event.ts";

type Member = keyof AuditEvent;

/** Members that are the same for every time a row stands for. */
const members: readonly Member[] = ["type", "broker", "deviceId", "unproven", "result", "reason"];

/**
 * Whether a row that stands for several times contains this one, which was told when it happened: the same device, or
 * client id where no device is known, the same broker, reason and topic. See `FoldOf`.
 */
export function isPartOf(row: AuditEvent, event: AuditEvent): boolean {
  if (event.firstAt < row.firstAt || event.lastAt > row.lastAt) return false;
  const isSame = (member: Member) => row[member] === event[member];
  if (!members.every(isSame)) return false;
  switch (event.type) {
    case "publish_denied":
    case "subscribe_denied":
      return isSame("topic");
    case "guard":
      return true;
    default:
      return (event.deviceId !== undefined && event.result === "deny") || isSame("clientId");
  }
}
