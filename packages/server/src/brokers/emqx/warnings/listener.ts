import type { JsonObject } from "../management/management-client.ts";

/** `tcp:default at 0.0.0.0:1883`. */
export function nameOf({ id, type, name, bind }: JsonObject): string {
  const called = typeof id === "string" ? id : `${String(type)}:${String(name)}`;
  return `${called} at ${String(bind)}`;
}

/** Whether only its own machine, or container, reaches it. EMQX writes `1883`, `:1883` or `0.0.0.0:1883` for all addresses. */
export function isLoopbackBind(bind: JsonObject[string] | undefined): boolean {
  return typeof bind === "string" && /^(127\.[\d.]+|\[?::1\]?|localhost):\d+$/.test(bind);
}

/** Whether a URL leads to the machine, or container, it is used on. */
export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  return /^(127\.[\d.]+|\[::1\]|localhost|.*\.localhost)$/.test(new URL(url).hostname);
}
