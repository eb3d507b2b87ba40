import { type DenyReason, denyReasons } from "@connack/credentials";
import type { Device } from "../registry/device.ts";

/** What is shown of a device: everything but the password hash; times as ISO 8601. */
export interface DeviceView {
  id: string;
  status: Device["status"];
  schemes: Device["schemes"];
  minKeyGeneration: number;
  group?: string;
  attributes: Record<string, string>;
  clientIds: string[];
  hasPassword: boolean;
  createdAt: string;
  firstSeenAt?: string;
  lastSeenAt?: string;
  lastAddress?: string;
  lastRefusal?: { reason: DenyReason; at: string; sentence: string; fix: string };
}

export function deviceView(device: Device): DeviceView {
  const { passwordHash, createdAt, firstSeenAt, lastSeenAt, lastRefusal, ...rest } = device;
  const view: DeviceView = { ...rest, hasPassword: passwordHash !== undefined, createdAt: iso(createdAt) };
  if (firstSeenAt !== undefined) view.firstSeenAt = iso(firstSeenAt);
  if (lastSeenAt !== undefined) view.lastSeenAt = iso(lastSeenAt);
  if (lastRefusal) {
    const { sentence, fix } = denyReasons[lastRefusal.reason];
    view.lastRefusal = { reason: lastRefusal.reason, at: iso(lastRefusal.at), sentence, fix };
  }
  return view;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
