import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { createNetworks } from "./networks.ts";
import { readRequestTarget } from "./request-target.ts";
import { createCallerOf } from "./trusted-proxies.ts";

export interface BrokerAccessOptions {
  /** Bearer token of our brokers. */
  token: string;
  /** CIDRs of brokers that cannot send a token; they may ask the plain `/mqtt/auth`. */
  allowFrom: readonly string[];
  /** Host names this service is called by, beside `localhost` and IP addresses. */
  allowedHosts: readonly string[];
  /** CIDRs of proxies whose X-Forwarded-For counts as the caller's address. */
  trustedProxies: readonly string[];
}

/** Who is asking: a broker that proved itself, one that is allowed by its place, or a stranger and why it is one. */
export type Access =
  | { caller: "proven broker" | "allowed by address" }
  /** `from`: where the caller is, behind trusted proxies. */
  | { caller: "stranger"; from: string; why: string };

/** What a path asks of its callers: the bearer token, or a place that is allowed instead. */
export type Demand = "token" | "token or place";

/** What of a request tells who is asking. */
export type AccessRequest = Pick<IncomingMessage, "headers" | "socket" | "url">;

export type BrokerAccess = (request: AccessRequest, demand: Demand) => Access;

/**
 * Tells who is asking. A bearer token that is wrong is never made good by the address. Without a token only loopback
 * and the configured networks count, and only when no web page can be behind it: a browser sends `origin`, and a
 * rebound DNS name shows in `host`. Behind a trusted proxy it is the address that the proxy names.
 */
export function createBrokerAccess(options: BrokerAccessOptions): BrokerAccess {
  const expected = Buffer.from(options.token);
  const hosts = new Set(["localhost", ...options.allowedHosts.map((host) => host.toLowerCase())]);
  const isAllowed = createNetworks(["127.0.0.0/8", "::1", ...options.allowFrom]);
  const callerOf = createCallerOf(options.trustedProxies);

  return (request, demand) => {
    const given = request.headers.authorization;
    if (given !== undefined) {
      return isBearer(given, expected) ? provenBroker : stranger(request, "wrong token");
    }
    if (demand === "token") return stranger(request, "no token, and /brokers/* wants the token");
    const against = [...problemsOfPlace(request)];
    if (against.length === 0) return { caller: "allowed by address" };
    return stranger(request, `no token, and ${against.join("; ")}`);
  };

  function stranger(request: AccessRequest, why: string): Access {
    return { caller: "stranger", from: callerOf(request).address, why };
  }

  function* problemsOfPlace(request: AccessRequest): Generator<string> {
    const { address, isHidden } = callerOf(request);
    if (isHidden) yield `a trusted proxy does not say for whom it asks (${address})`;
    else if (!isAllowed(address)) yield `${address} is not in http.brokers.allowFrom`;
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

function hostName(host: string): string {
  const lower = host.toLowerCase();
  return lower.startsWith("[") ? lower.slice(1, lower.indexOf("]")) : lower.replace(/:\d*$/, "");
}

/** At most a hundred plain characters of what a stranger sent. */
function printable(text: string): string {
  return text.slice(0, 100).replace(/[^\x21-\x7e]/g, "?");
}

const provenBroker: Access = { caller: "proven broker" };

/** The scheme is case-insensitive (RFC 9110 §11.1). Its length is no secret: all our tokens have the same. */
function isBearer(authorization: string, expected: Buffer): boolean {
  const scheme = /^bearer +/i.exec(authorization)?.[0];
  if (scheme === undefined) return false;
  const given = Buffer.from(authorization.slice(scheme.length), "latin1");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
