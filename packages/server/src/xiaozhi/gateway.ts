import { isIP } from "node:net";
import { parseEndpoint } from "../config/parse-endpoint.ts";

/** How a xiaozhi server writes where devices find MQTT: `host:port` upstream, a mapping in the EMQX fork. */
export type GatewayForm = "string" | "object";

/** Where devices find MQTT, as the xiaozhi server tells them. */
export interface Gateway {
  host: string;
  port: number;
  /** Port for audio; only the form `object` has it. */
  udpPort?: number;
}

/**
 * `host:port`, or what is wrong with it. Firmware splits at the first colon and reads a number behind it: a scheme, a
 * path or an IPv6 address breaks it, and without a port it takes 8883, so the port has to be said.
 */
export function readGateway(text: string): Gateway | { problem: string } {
  const value = text.trim();
  if (value.includes("://")) return { problem: "is an URL; devices take host:port, without mqtt:// before it" };
  if (value.includes("[") || isIP(value) === 6)
    return { problem: "is an IPv6 address, which device firmware cannot read" };
  const endpoint = parseEndpoint(value);
  if (!endpoint || !isGatewayHost(endpoint.host) || endpoint.port === 0) return { problem: "is not host:port" };
  if (!value.includes(":")) return { problem: "has no port: 1883 is plain TCP, 8883 is TLS" };
  return endpoint;
}

/** A host name or an IPv4 address. */
export function isGatewayHost(host: string): boolean {
  if (/^[\d.]+$/.test(host)) return isIP(host) === 4;
  const label = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?";
  return host.length <= 253 && new RegExp(`^${label}(\\.${label})*\\.?$`, "i").test(host);
}

/** Whether only the machine itself finds a broker there. */
export function isLocalHost(host: string): boolean {
  return /^(localhost\.?|127\.[\d.]+|0\.0\.0\.0)$/i.test(host);
}

/** As the form `string` has it. */
export function gatewayText({ host, port }: Gateway): string {
  return `${host}:${port}`;
}
