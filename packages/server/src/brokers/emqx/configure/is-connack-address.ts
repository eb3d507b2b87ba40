import type { Json } from "../management/management-client.ts";

const olderPath = "/mqtt/auth";

/**
 * Whether Connack is asked there about logins, or with `authz` about topics: by its path, or by the older one at the
 * listener for brokers, wherever that is reached.
 */
export function isConnackAddress(
  url: Json | undefined,
  connackUrl: string,
  question: "authn" | "authz" = "authn",
): boolean {
  if (typeof url !== "string" || !URL.canParse(url)) return false;
  const { pathname, port, host } = new URL(url);
  if (pathname.endsWith(`/brokers/emqx/${question}`)) return true;
  const isThere = port === "8003" || (URL.canParse(connackUrl) && host === new URL(connackUrl).host);
  return question === "authn" && pathname === olderPath && isThere;
}
