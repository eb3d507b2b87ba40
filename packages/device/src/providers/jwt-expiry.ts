/** When a token says that it ends, Unix seconds; `undefined` for one that does not say, or is no JWT. Proves nothing. */
export function jwtExpiry(token: string): number | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const payload = JSON.parse(atob((parts[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))) as { exp?: unknown };
    return typeof payload?.exp === "number" && payload.exp > 0 && payload.exp < 1e11 ? payload.exp : undefined;
  } catch {
    return undefined;
  }
}
