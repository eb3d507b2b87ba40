import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { durationMs } from "../duration.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { HttpTarget } from "./http-worker.ts";

/** Where the requests of an authenticator, source or connector go, from its configuration with defaults. */
export function targetOf(config: JsonObject, url: string, certificates: Map<string, string>): HttpTarget {
  const { protocol, hostname, port } = new URL(url.replace(/\$\{[^}]*\}/g, "x"));
  const ssl = isObject(config["ssl"]) ? config["ssl"] : {};
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (protocol === "https:" ? 443 : 80)),
    tls: protocol === "https:" ? tlsOf(ssl, hostname, certificates) : undefined,
    connectTimeoutMs: durationMs(config["connect_timeout"]) ?? 15_000,
    pipelining: Number(config["enable_pipelining"] ?? 100),
  };
}

function tlsOf(ssl: JsonObject, hostname: string, certificates: Map<string, string>): ConnectionOptions {
  const pem = (key: string): string | undefined => {
    const value = ssl[key];
    if (typeof value !== "string" || value === "") return undefined;
    return certificates.get(value) ?? (value.includes("-----BEGIN") ? value : readFileSync(value, "utf8"));
  };
  const options: ConnectionOptions = {
    rejectUnauthorized: ssl["verify"] === "verify_peer",
    ALPNProtocols: ["http/1.1"],
  };
  const [ca, cert, key] = [pem("cacertfile"), pem("certfile"), pem("keyfile")];
  if (ca) options.ca = ca;
  if (cert) options.cert = cert;
  if (key) options.key = key;
  const name = ssl["server_name_indication"];
  if (typeof name === "string" && name !== "") options.servername = name;
  else if (!/^[\d.]+$|:/.test(hostname)) options.servername = hostname;
  if (name === "disable") options.checkServerIdentity = () => undefined;
  return options;
}
