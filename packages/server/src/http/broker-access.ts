import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { readRequestTarget } from "./request-target.ts";

export interface BrokerAccessOptions {
  /** Bearer token of our brokers. */
  token: string;
  /** CIDRs of brokers that cannot send a token; they may ask the plain `/mqtt/auth`. */
  allowFrom: readonly string[];
  /** Host names this service is called by, beside `localhost` and IP addresses. */
  allowedHosts: readonly string[];
}

/** Who is asking: a broker that proved itself, one that is allowed by its place, or a stranger and why it is one. */
export type Access = { caller: "proven broker" | "allowed by address" } | { caller: "stranger"; why: string };

/** What a path asks of its callers: the bearer token, or a place that is allowed instead. */
export type Demand = "token" | "token or place";

/**
 * Tells who is asking. A bearer token that is wrong is never made good by the address. Without a token only loopback
 * and the configured networks count, and only when no web page can be behind it: a browser sends `origin`, and a
 * rebound DNS name shows in `host`.
 */
export function createBrokerAccess(options: BrokerAccessOptions): (request: IncomingMessage, demand: Demand) => Access {
  const expected = digest(`Bearer ${options.token}`);
  const hosts = new Set(["localhost", ...options.allowedHosts.map((host) => host.toLowerCase())]);
  const networks = new BlockList();
  networks.addSubnet("127.0.0.0", 8, "ipv4");
  networks.addAddress("::1", "ipv6");
  for (const cidr of options.allowFrom) addNetwork(networks, cidr);

  return (request, demand) => {
    const given = request.headers.authorization;
    if (given !== undefined) {
      return timingSafeEqual(digest(given), expected) ? { caller: "proven broker" } : stranger("wrong token");
    }
    if (demand === "token") return stranger("no token, and /brokers/* wants the token");
    const against = [...problemsOfPlace(request)];
    return against.length === 0 ? { caller: "allowed by address" } : stranger(`no token, and ${against.join("; ")}`);
  };

  function* problemsOfPlace(request: IncomingMessage): Generator<string> {
    const { remoteAddress } = request.socket;
    if (!isInside(networks, remoteAddress)) yield `${remoteAddress ?? "?"} is not in http.brokers.allowFrom`;
    const { authority } = readRequestTarget(request.url ?? "");
    for (const host of authority === undefined ? [request.headers.host] : [authority, request.headers.host]) {
      const name = hostName(host ?? "");
      if (name === "") yield "there is no Host header";
      else if (isIP(name) === 0 && !hosts.has(name))
        yield `Host ${printable(name)} is not in http.brokers.allowedHosts`;
    }
    if (request.headers.origin !== undefined) yield "an origin header came: a web page";
  }
}

function stranger(why: string): Access {
  return { caller: "stranger", why };
}

function hostName(host: string): string {
  const lower = host.toLowerCase();
  return lower.startsWith("[") ? lower.slice(1, lower.indexOf("]")) : lower.replace(/:\d*$/, "");
}

/** At most a hundred plain characters of what a stranger sent. */
function printable(text: string): string {
  return text.slice(0, 100).replace(/[^\x21-\x7e]/g, "?");
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
