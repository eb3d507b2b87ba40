import type { DeviceStatus } from "../../registry/device.ts";
import type { AuditEvent } from "../audit-event.ts";
import { timeText } from "./time-text.ts";

/** What changes whether a device may come at all: `device.disable`, `service.remove`, … */
const lifecycle = /\.(?:add|approve|remove|revoke|disable|enable)$/;

const words: Readonly<Record<string, { status?: DeviceStatus; word: string }>> = {
  remove: { word: "Removed" },
  revoke: { status: "revoked", word: "Revoked" },
  disable: { status: "disabled", word: "Disabled" },
};

/**
 * That a device was removed, revoked or disabled, by whom and when, as a sentence; empty for one that may come.
 * `changes`: newest first. `status`: in the registry; `undefined` where it is not there.
 */
export function standingText(status: DeviceStatus | undefined, changes: readonly AuditEvent[], nowMs: number): string {
  const change = changes.find(({ reason }) => reason !== undefined && lifecycle.test(reason));
  const told = words[change?.reason?.split(".").at(-1) ?? ""];
  if (change !== undefined && told !== undefined && told.status === status)
    return `${told.word} at ${timeText(change.lastAt, nowMs)} by ${change.actor ?? "somebody"}.`;
  return status === undefined || status === "active" ? "" : `The device is ${status}.`;
}
