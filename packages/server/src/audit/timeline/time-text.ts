import { durationText } from "@connack/credentials/verify";

/** A time within a sentence: `09:12 UTC`, with the date where it is not that of now. Both Unix milliseconds. */
export function timeText(atMs: number, nowMs: number): string {
  const [date, time] = new Date(atMs).toISOString().split("T") as [string, string];
  const isToday = new Date(nowMs).toISOString().startsWith(date);
  return `${isToday ? "" : `${date} `}${time.slice(0, 5)} UTC`;
}

/** A time span that is known but roughly: 184 is `3 min`, 28 750 is `8 h`. Seconds; the sign is left out. */
export function aboutText(seconds: number): string {
  const span = Math.abs(seconds);
  const step = span < 90 ? 1 : span < 3600 ? 60 : span < 86_400 ? 300 : 3600;
  return durationText(Math.round(span / step) * step);
}

const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** A time span that somebody asked for, in one unit: `7 days`, `90 minutes`; or until now, roughly: `2 d 1 h`. Seconds. */
export function spanText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole > 90 && whole % 60 !== 0) return aboutText(whole);
  const [unit, length] = units.find(([, each]) => whole % each === 0) ?? units[3];
  const count = whole / length;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** `3 times`, `once`. */
export function timesText(count: number): string {
  return count === 1 ? "once" : `${countText(count)} times`;
}

/** A number of people's size: 1200 is `1 200`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, " ");
}
