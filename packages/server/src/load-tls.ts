import type { LoadedConfig } from "./config/load-config.ts";
import { listenerTls } from "./http/listener-tls.ts";
import { type ConfiguredTls, configuredTls } from "./tls/configured-tls.ts";

/** The certificate of each listener that has one. Throws `ConfigError` for files that cannot be used. */
export function loadTls(loaded: LoadedConfig): Record<"embedded" | "brokers" | "admin", ConfiguredTls | undefined> {
  return {
    embedded: configuredTls(loaded),
    brokers: listenerTls(loaded, "brokers"),
    admin: loaded.config.http.admin.enabled ? listenerTls(loaded, "admin") : undefined,
  };
}
