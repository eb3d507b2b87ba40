import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

export interface BrokerAccessOptions {
  /** Bearer token of our brokers. */
  token: string;
  /** CIDRs of brokers that cannot send a token; they may ask the plain `/mqtt/auth`. */
  allowFrom: readonly string[];
  /** Host names this service is called by, beside `localhost` and IP addresses. */
  allowedHosts: readonly string[];
}

/** Who is asking: a broker that proved itself, one that is allowed by its place, or a stranger. */
export type Caller = "proven broker" | "allowed by address" | "stranger";

/**
 * Tells who is asking. A bearer token that is wrong is never made good by the address. Without a token only loopback
 * and the configured networks count, and only when no web page can be behind it: a browser sends `origin`, and a
 * rebound DNS name shows in `host`.
 */
export function createBrokerAccess(options: BrokerAccessOptions): (request: IncomingMessage) => Caller {
  const expected = digest(`Bearer ${options.token}`);
  const hosts = new Set(["localhost", ...options.allowedHosts.map((host) => host.toLowerCase())]);
  const networks = new BlockList();
  networks.addSubnet("127.0.0.0", 8, "ipv4");
  networks.addAddress("::1", "ipv6");
  for (const cidr of options.allowFrom) addNetwork(networks, cidr);

  return (request) => {
    const given = request.headers.authorization;
    if (given !== undefined) return timingSafeEqual(digest(given), expected) ? "proven broker" : "stranger";
    if (request.headers.origin !== undefined || !hosts.has(hostName(request))) return "stranger";
    return isInside(networks, request.socket.remoteAddress) ? "allowed by address" : "stranger";
  };

  function hostName(request: IncomingMessage): string {
    const host = (request.headers.host ?? "").toLowerCase();
    const name = host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/:\d*$/, "");
    return isIP(name) === 0 ? name : "localhost";
  }
}

/** The scheme is case-insensitive (RFC 9110 §11.1); digests make the comparison take the same time for any length. */
function digest(authorization: string): Buffer {
  return createHash("sha256")
    .update(authorization.replace(/^bearer +/i, "Bearer "))
    .digest();
}

function addNetwork(networks: BlockList, cidr: string): void {
  const [address = "", prefix] = cidr.split("/");
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  networks.addSubnet(address, prefix === undefined ? (family === "ipv6" ? 128 : 32) : Number(prefix), family);
}

function isInside(networks: BlockList, address: string | undefined): boolean {
  if (address === undefined) return false;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return networks.check(mapped, "ipv4");
  return networks.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
