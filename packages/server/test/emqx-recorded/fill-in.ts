import { defaultAcl } from "../emqx-stand-in/authz/default-acl.ts";

/** What stands in a recording for something that is new each time, e.g. `<auth>` for a port. */
export type Places = Record<string, string>;

/** Puts ports, passwords and moments (`{"$now":60}`) into a recorded value. */
export function fillIn(value: unknown, places: Places): unknown {
  if (typeof value === "string") {
    if (value === "<default acl>") return defaultAcl;
    return Object.entries(places).reduce((text, [name, filler]) => text.replaceAll(name, filler), value);
  }
  if (Array.isArray(value)) return value.map((one) => fillIn(one, places));
  if (typeof value !== "object" || value === null) return value;
  const now = Math.floor(Date.now() / 1000);
  const moment = value as { $now?: number; $nowMs?: number; $nowText?: number };
  if (moment.$now !== undefined) return now + moment.$now;
  if (moment.$nowMs !== undefined) return (now + moment.$nowMs) * 1000;
  if (moment.$nowText !== undefined) return new Date((now + moment.$nowText) * 1000).toISOString().replace(/\.\d+/, "");
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [fillIn(key, places), fillIn(one, places)]));
}
