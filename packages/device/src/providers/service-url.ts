import { requiredText } from "./required-text.ts";

/**
 * An address that credentials come from. Throws TypeError naming the option. Over plain HTTP everybody on the way reads
 * them, so that is for this machine alone unless `allowInsecure`.
 */
export function serviceUrl(option: string, value: unknown, { allowInsecure }: { allowInsecure: boolean }): URL {
  const text = requiredText(option, value);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError(`${option} is no absolute URL`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new TypeError(`${option} has to begin with https: or http:`);
  }
  if (url.username !== "" || url.password !== "") throw new TypeError(`${option} may not hold a user name or password`);
  if (url.protocol === "http:" && !allowInsecure && !isLoopback(url.hostname)) {
    throw new TypeError(`${option} has to begin with https:, or set allowInsecure: tokens would travel in the clear`);
  }
  return url;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}
