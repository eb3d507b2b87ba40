/**
 * The time of an HTTP server, Unix milliseconds, from its Date header (RFC 9110 §6.6.1; whole seconds).
 * Rejects when there is no answer, or none with a date.
 */
export async function askTimeUrl(url: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(url, { method: "HEAD", signal });
  const time = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(time)) throw new Error("the answer has no Date");
  return time;
}
