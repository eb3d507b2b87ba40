/**
 * Whether a page of this origin may open a WebSocket. A browser lets every page connect to every host, and says only
 * where the page is from (RFC 6455 §10.2). Other clients send no Origin. Allowed are pages of the host we were called
 * by, on whatever port, pages of the user's own machine, and the origins that are listed (`*`: all).
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes("*") || allowed.includes(origin.toLowerCase())) return true;
  const from = hostNameOf(origin);
  if (from === undefined) return false;
  return isOwnMachine(from) || from === hostNameOf(`http://${host ?? ""}`);
}

function hostNameOf(address: string): string | undefined {
  const name = URL.canParse(address) ? new URL(address).hostname : "";
  return name === "" ? undefined : name.toLowerCase();
}

function isOwnMachine(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
