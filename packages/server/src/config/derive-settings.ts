import type { Config } from "./config-schema.ts";

type Sources = Record<string, string>;

/**
 * Settings that follow others where they are not set themselves; changes both in place. `sources` then names what they
 * follow.
 */
export function deriveSettings(config: Config, sources: Sources): void {
  const { brokers } = config;
  if (brokers.emqx.url === undefined) return;
  if (sources["brokers.embedded.enabled"] === "default") {
    brokers.embedded.enabled = false;
    sources["brokers.embedded.enabled"] = "off, as brokers.emqx.url is set";
  }
  const connackUrl = ownAddress(config, sources);
  if (connackUrl === brokers.emqx.connackUrl) return;
  brokers.emqx.connackUrl = connackUrl;
  sources["brokers.emqx.connackUrl"] = "as http.brokers listens";
}

/** Where EMQX reaches us: as it was set, or on this machine where `http.brokers` listens. */
export function ownAddress({ brokers, http }: Config, sources: Readonly<Sources>): string {
  const { port, tls } = http.brokers;
  const isSet = sources["brokers.emqx.connackUrl"] !== "default";
  if (isSet || port === 0) return brokers.emqx.connackUrl;
  return `${tls.certificateFile === undefined ? "http" : "https"}://127.0.0.1:${port}`;
}
