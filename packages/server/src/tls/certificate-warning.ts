import type { X509Certificate } from "node:crypto";

const dayMs = 86_400_000;
const earlyDays = 14;

/** What an operator should know of the dates of a certificate, to follow the name of its file; or nothing. */
export function certificateWarning({ validFrom, validTo }: X509Certificate, nowMs: number): string | undefined {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  if (nowMs > to) return `has expired on ${dayOf(to)}: devices that check it no longer connect`;
  if (nowMs < from) return `is valid only from ${dayOf(from)} on: devices that check it do not connect before`;
  const days = Math.floor((to - nowMs) / dayMs);
  return days < earlyDays ? `expires on ${dayOf(to)}, in ${days} ${days === 1 ? "day" : "days"}` : undefined;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
