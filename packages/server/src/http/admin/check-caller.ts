import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import { readRequestTarget } from "../request-target.ts";
import type { Problem } from "./problem.ts";

/** What a request may come by: the names of this service, and no page of another one. */
export type CheckCaller = (request: IncomingMessage) => Problem | undefined;

/**
 * Refuses requests by another name than those we are called by, as behind a rebound DNS name, and those of web pages
 * of another origin. Nothing here replaces the token.
 */
export function createCheckCaller(allowedHosts: readonly string[]): CheckCaller {
  const names = new Set(["localhost", ...allowedHosts.map((host) => host.toLowerCase())]);
  const isOurs = (host: string) => isIP(host) !== 0 || names.has(host);

  return (request) => {
    const { host = "", origin, "sec-fetch-site": site } = request.headers;
    if (host === "") {
      return { status: 400, code: "no_host", detail: "there is no Host header", fix: "send Host: localhost" };
    }
    const { authority = host } = readRequestTarget(request.url ?? "");
    if (![host, authority].every((each) => isOurs(hostName(each)))) {
      return {
        status: 421,
        code: "host_not_allowed",
        detail: "this service is not called by that name",
        fix: "add the name to http.admin.allowedHosts, or call the service by its address",
      };
    }
    const isForeign = origin === undefined ? site === "cross-site" : !isOwnOrigin(origin, host, request);
    if (!isForeign) return undefined;
    return {
      status: 403,
      code: "foreign_origin",
      detail: "pages of another origin may not ask this service",
      fix: "ask from a program, or from a page that the same origin serves",
    };
  };
}

/** A proxy in front may speak TLS where we do not; never the other way. */
function isOwnOrigin(origin: string, host: string, { socket }: IncomingMessage): boolean {
  const [, scheme = "", authority = ""] = /^(https?):\/\/([^/]+)$/.exec(origin) ?? [];
  if (scheme === "" || ((socket as TLSSocket).encrypted && scheme !== "https")) return false;
  const usualPort = scheme === "https" ? ":443" : ":80";
  const plain = (text: string) => (text.endsWith(usualPort) ? text.slice(0, -usualPort.length) : text).toLowerCase();
  return plain(authority) === plain(host);
}

/** Without the port. */
function hostName(host: string): string {
  const lower = host.toLowerCase();
  return lower.startsWith("[") ? lower.slice(1, lower.indexOf("]")) : lower.replace(/:\d*$/, "");
}
