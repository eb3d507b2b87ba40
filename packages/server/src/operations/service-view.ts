import type { AclRuleTemplate, DenyReason } from "@connack/credentials";
import type { Device } from "../registry/device.ts";
import { type DeviceView, deviceView } from "./device-view.ts";
import { quoteWord } from "./quote-word.ts";

/** What is shown of a service: everything but its password hashes; times as ISO 8601. */
export interface ServiceView {
  name: string;
  status: Device["status"];
  profile: string;
  rules: readonly AclRuleTemplate[];
  clientIds: string[];
  createdAt: string;
  firstSeenAt?: string;
  lastSeenAt?: string;
  lastAddress?: string;
  lastRefusal?: DeviceView["lastRefusal"];
  /** The password before the last rotation holds until then; absent when it holds no more. */
  formerPasswordUntil?: string;
}

export function serviceView(service: Device, nowMs: number): ServiceView {
  const { firstSeenAt, lastSeenAt, lastAddress, lastRefusal, createdAt } = deviceView(service);
  const { id, status, profile = "none", rules, clientIds, previousPassword } = service;
  const holds = previousPassword !== undefined && previousPassword.until > nowMs;
  return {
    name: id,
    status,
    profile,
    rules,
    clientIds,
    createdAt,
    ...(firstSeenAt !== undefined && { firstSeenAt }),
    ...(lastSeenAt !== undefined && { lastSeenAt }),
    ...(lastAddress !== undefined && { lastAddress }),
    ...(lastRefusal && { lastRefusal: { ...lastRefusal, fix: fixFor(lastRefusal.reason, id) ?? lastRefusal.fix } }),
    ...(holds && { formerPasswordUntil: new Date(previousPassword.until).toISOString() }),
  };
}

/** What to do for a service, where the general fix speaks of a device. */
function fixFor(reason: DenyReason, name: string): string | undefined {
  switch (reason) {
    case "bad_password":
      return `connack service rotate ${quoteWord(name)}`;
    case "device_disabled":
      return `connack service enable ${quoteWord(name)}`;
    case "device_removed":
      return `connack service add ${quoteWord(name)}`;
    case "scheme_not_allowed":
      return "A service connects with its password and with nothing else.";
    case "client_id_in_use":
      return `Connect with a client id that no device has, such as ${name}.`;
    default:
      return undefined;
  }
}
