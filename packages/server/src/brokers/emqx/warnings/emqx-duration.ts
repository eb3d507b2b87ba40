import type { Json } from "../management/management-client.ts";

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `5s`, `1h30m`, `500ms`, or of a number, which EMQX 5.8.0 takes for milliseconds (recorded). */
export function emqxDurationMs(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/i.test(value)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/gi)) {
    sum += Number(amount) * unitMs[(unit ?? "s").toLowerCase() as keyof typeof unitMs];
  }
  return sum;
}
