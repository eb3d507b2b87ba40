import type { AclRuleTemplate, Qos } from "@connack/credentials";

/** A named set of rights. */
export interface Profile {
  /** Whom it is made for; a service profile can be given to a service only. */
  for: "device" | "service" | "both";
  /** One sentence for help and documentation. */
  summary: string;
  rules: readonly AclRuleTemplate[];
  /** Filters the broker subscribes to for the device. */
  subscriptions?: readonly { topic: string; qos: Qos }[];
}

const allow = (action: AclRuleTemplate["action"], ...topics: string[]): AclRuleTemplate => ({
  permission: "allow",
  action,
  topics,
});

/** Where a xiaozhi device is answered: by its MAC in canonical form, by the MAC as it writes it, by its client id. */
const xiaozhiReplies = [`devices/p2p/\${mac|underscore}`, `devices/p2p/\${attrs.mac}`, `devices/p2p/\${clientId}`];
const unsignedReplies = [`devices/p2p/\${mac|underscore}`, `devices/p2p/\${attrs.mac}`];
const host = `\${attrs.hostname}`;

export const profiles = {
  xiaozhi: {
    for: "device",
    summary: "publish to device-server, receive devices/p2p/<MAC> and devices/p2p/<client id>",
    rules: [allow("publish", "device-server"), allow("subscribe", ...xiaozhiReplies)],
    subscriptions: xiaozhiReplies.map((topic) => ({ topic, qos: 0 })),
  },
  "xiaozhi-unsigned": {
    for: "device",
    summary: "for a device that proves nothing: publish to device-server, receive devices/p2p/<MAC>",
    rules: [allow("publish", "device-server"), allow("subscribe", ...unsignedReplies)],
    subscriptions: unsignedReplies.map((topic) => ({ topic, qos: 0 })),
  },
  sensor: {
    for: "device",
    summary: "everything under the device's own devices/<id>/",
    rules: [allow("all", `devices/\${deviceId}/#`)],
  },
  "esp32-guide": {
    for: "device",
    summary: "<hostname>/status, /sensors/#, /light/#, /firmware/update, /ota/status; hostname: attribute or claim",
    rules: [
      allow("publish", `${host}/status`, `${host}/sensors/#`, `${host}/light/#`, `${host}/ota/status`),
      allow("subscribe", `${host}/light/#`, `${host}/firmware/update`),
    ],
  },
  none: { for: "both", summary: "nothing but what its own rules allow", rules: [] },
  backend: {
    for: "service",
    summary: "read devices/# and device-server, write devices/#",
    rules: [allow("subscribe", "devices/#", "device-server", "internal/server-ingest"), allow("publish", "devices/#")],
  },
  dashboard: {
    for: "service",
    summary: "read devices/#, write nothing",
    rules: [allow("subscribe", "devices/#")],
  },
  gateway: {
    for: "service",
    summary: "a xiaozhi server: read device-server and internal/server-ingest, write devices/p2p/#",
    rules: [allow("subscribe", "device-server", "internal/server-ingest"), allow("publish", "devices/p2p/#")],
  },
  superuser: {
    for: "service",
    summary: "read and write every topic, read $SYS/#",
    rules: [allow("all", "#"), allow("subscribe", "$SYS/#")],
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

export const profileNames = Object.keys(profiles) as ProfileName[];

export function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(profiles, name);
}

/** The profiles that a device, or a service, may have. */
export function profilesFor(kind: "device" | "service"): ProfileName[] {
  return profileNames.filter((name) => mayHave(kind, name));
}

/** Whether a name is that of a profile, and of one that a device, or a service, may have. */
export function mayHave(kind: "device" | "service", name: string): name is ProfileName {
  return isProfileName(name) && (profiles[name].for === kind || profiles[name].for === "both");
}
