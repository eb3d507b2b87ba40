import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { createNetworks, plainAddress } from "./networks.ts";

/** Who is at the other end of a request. */
export interface Caller {
  /** Textual IP address; that of a proxy where none behind it is known, `?` where the connection is gone. */
  address: string;
  /**
   * A trusted proxy asks, and does not say, readably, for which address, or names one of its own machine. Nothing may be
   * allowed because of the address: a proxy on this machine would make everybody local.
   */
  isHidden: boolean;
}

export type CallerOf = (request: Pick<IncomingMessage, "headers" | "socket">) => Caller;

/** Hops that are looked at; a chain of more proxies is nobody's. */
const mostHops = 16;

/**
 * Tells the caller of a request. Without trusted proxies, and for a peer that is none of them, it is the peer. From a
 * trusted proxy it is the right-most address of X-Forwarded-For that is not a trusted proxy itself: whatever stands
 * further left was written by that caller. Each proxy has to append the address it saw.
 */
export function createCallerOf(trustedProxies: readonly string[]): CallerOf {
  if (trustedProxies.length === 0) return ({ socket }) => ({ address: socket.remoteAddress ?? "?", isHidden: false });
  const isTrusted = createNetworks(trustedProxies);
  return ({ headers, socket }) => {
    const peer = socket.remoteAddress;
    if (peer === undefined || !isTrusted(peer)) return { address: peer ?? "?", isHidden: false };
    const forwarded = headers["x-forwarded-for"];
    return behind(peer, typeof forwarded === "string" ? forwarded : (forwarded?.join(",") ?? ""), isTrusted);
  };
}

function behind(peer: string, forwarded: string, isTrusted: (address: string) => boolean): Caller {
  let nearest = plainAddress(peer);
  let end = forwarded.length;
  for (let hop = 0; hop < mostHops && end >= 0; hop++) {
    const comma = forwarded.lastIndexOf(",", end - 1);
    const address = addressOf(forwarded.slice(comma + 1, end).trim());
    if (address === undefined) break;
    if (!isTrusted(address)) return { address, isHidden: isLoopback(address) };
    nearest = address;
    end = comma < 0 ? -1 : comma;
  }
  return { address: nearest, isHidden: true };
}

const isLoopback = createNetworks(["127.0.0.0/8", "::1"]);

/** An address as proxies write it: some add the port, and then IPv6 stands in brackets. */
function addressOf(hop: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+):\d{1,5})$/.exec(hop) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? hop);
  return isIP(address) === 0 ? undefined : address;
}
