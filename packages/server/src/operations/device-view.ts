import { type AclRuleTemplate, type DenyReason, denyReasons } from "@connack/credentials";
import type { Device } from "../registry/device.ts";
import { quoteWord } from "./quote-word.ts";

/** What is shown of a device: everything but password hashes; times as ISO 8601. */
export interface DeviceView {
  id: string;
  kind: Device["kind"];
  status: Device["status"];
  schemes: Device["schemes"];
  minKeyGeneration: number;
  group?: string;
  attributes: Record<string, string>;
  /** Its own rights; connack acl show tells what they come to. */
  profile?: string;
  rules: readonly AclRuleTemplate[];
  clientIds: string[];
  hasPassword: boolean;
  createdAt: string;
  firstSeenAt?: string;
  lastSeenAt?: string;
  lastAddress?: string;
  lastRefusal?: { reason: DenyReason; at: string; sentence: string; fix: string };
}

export function deviceView(device: Device): DeviceView {
  const { passwordHash, previousPassword: _, createdAt, firstSeenAt, lastSeenAt, lastRefusal, ...rest } = device;
  const view: DeviceView = { ...rest, hasPassword: passwordHash !== undefined, createdAt: iso(createdAt) };
  if (firstSeenAt !== undefined) view.firstSeenAt = iso(firstSeenAt);
  if (lastSeenAt !== undefined) view.lastSeenAt = iso(lastSeenAt);
  if (lastRefusal) {
    const { sentence, fix } = denyReasons[lastRefusal.reason];
    view.lastRefusal = {
      reason: lastRefusal.reason,
      at: iso(lastRefusal.at),
      sentence,
      fix: fix.replace("<id>", () => quoteWord(device.id)),
    };
  }
  return view;
}

/** Whether the device was let in after its last refusal: then there is nothing left to mend. */
export function isRefusalOver({ lastRefusal, lastSeenAt }: DeviceView): boolean {
  return lastRefusal !== undefined && lastSeenAt !== undefined && lastSeenAt > lastRefusal.at;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
