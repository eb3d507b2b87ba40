/** A value from a token as the operator may see it: JSON, so without control characters, and at most 80 characters. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  const safe = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
  // Half a character may be left at the cut.
  return safe.length > 80 ? `${safe.slice(0, 80).replace(/[\ud800-\udbff]$/, "")}…` : safe;
}
