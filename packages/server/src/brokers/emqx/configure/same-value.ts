import type { Json } from "../management/management-client.ts";
import { isObject } from "./leaves.ts";

/**
 * Whether EMQX means the same by two values: it takes numbers as text, durations as text with units or as a number of
 * milliseconds, and keeps them as they were written (recorded on 5.8.0). The order of keys means nothing.
 */
export function isSameValue(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((each, index) => isSameValue(each, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => isSameValue(a[key], b[key]));
  }
  const numbers = [numberOf(a), numberOf(b)];
  return numbers[0] !== undefined && numbers[0] === numbers[1];
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function numberOf(value: Json): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  if (!/^(?:\d+(?:ms|s|m|h|d))+$/i.test(value)) return undefined;
  let sum = 0;
  for (const [, count, unit = ""] of value.matchAll(/(\d+)(ms|s|m|h|d)/gi))
    sum += Number(count) * (unitMs[unit.toLowerCase()] ?? 0);
  return sum;
}
