import type { EmqxConfig } from "../../../config/emqx-section.ts";
import { isConnackAddress } from "../configure/is-connack-address.ts";
import type { JsonObject } from "../management/management-client.ts";

/** An authenticator or source is on unless it says otherwise. */
export function isEnabled({ enable }: JsonObject): boolean {
  return enable !== false;
}

/** `password_based:http`, `jwt`. */
export function idOf(authenticator: JsonObject): string {
  const { id, mechanism, backend } = authenticator;
  if (typeof id === "string") return id;
  return [mechanism, backend].filter((part) => typeof part === "string").join(":");
}

/** Whether an HTTP authenticator asks Connack. */
export function asksConnack({ url }: JsonObject, { connackUrl }: Pick<EmqxConfig, "connackUrl">): boolean {
  return isConnackAddress(url, connackUrl);
}

/** Our authenticator in the chain, where there is one. */
export function ourHttpAuthenticator(
  authenticators: readonly JsonObject[],
  config: Pick<EmqxConfig, "connackUrl">,
): JsonObject | undefined {
  return authenticators.find((each) => each["backend"] === "http" && asksConnack(each, config));
}
