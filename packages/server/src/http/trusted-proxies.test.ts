import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createCallerOf } from "./trusted-proxies.ts";

function asked(trusted: readonly string[], remoteAddress: string | undefined, forwarded?: string) {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return createCallerOf(trusted)({ headers, socket: { remoteAddress } } as unknown as IncomingMessage);
}

const proxies = ["10.0.0.0/24", "127.0.0.1", "2001:db8::1"];

describe("from a trusted proxy", () => {
  it.each([
    ["10.0.0.7", "203.0.113.9", "203.0.113.9"],
    ["::ffff:10.0.0.7", " 203.0.113.9 ", "203.0.113.9"],
    ["2001:db8::1", "2001:db8::99", "2001:db8::99"],
    ["10.0.0.7", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["10.0.0.7", "198.51.100.1,203.0.113.9,10.0.0.8,::ffff:10.0.0.9", "203.0.113.9"],
    ["10.0.0.7", "unknown, 203.0.113.9", "203.0.113.9"],
    ["10.0.0.7", "203.0.113.9:51234", "203.0.113.9"],
    ["10.0.0.7", "[2001:db8::99]:51234", "2001:db8::99"],
    ["10.0.0.7", "[2001:db8::99]", "2001:db8::99"],
    ["10.0.0.7", "::ffff:203.0.113.9", "203.0.113.9"],
  ])("%s says %s: it is %s", (peer, forwarded, address) => {
    expect(asked(proxies, peer, forwarded)).toEqual({ address, isHidden: false });
  });

  it.each([
    ["nothing", undefined, "10.0.0.7"],
    ["an empty list", "", "10.0.0.7"],
    ["an empty hop", "203.0.113.9,", "10.0.0.7"],
    ["no address", "unknown", "10.0.0.7"],
    ["a name", "198.51.100.1, _hidden", "10.0.0.7"],
    ["a broken address", "203.0.113.999", "10.0.0.7"],
    ["two in one", "203.0.113.9 198.51.100.1", "10.0.0.7"],
    ["something broken behind another proxy", "203.0.113.9, x, 10.0.0.8", "10.0.0.8"],
    ["only trusted proxies", "127.0.0.1, 10.0.0.8", "127.0.0.1"],
    ["its own machine", "203.0.113.9, 127.0.0.2", "127.0.0.2"],
    ["its own machine, in IPv6", "::1", "::1"],
    ["its own machine, in disguise", "::ffff:7f00:2", "::ffff:7f00:2"],
    ["seventeen hops", `203.0.113.9${", 10.0.0.8".repeat(16)}`, "10.0.0.8"],
  ])("that says %s, the caller is hidden", (_what, forwarded, address) => {
    expect(asked(proxies, "10.0.0.7", forwarded)).toEqual({ address, isHidden: true });
  });
});

describe("what somebody else says does not count", () => {
  it.each([
    [[], "127.0.0.1", "203.0.113.9"],
    [proxies, "10.0.1.7", "127.0.0.1"],
    [proxies, "127.0.0.2", "10.0.0.1"],
  ])("%j, from %s", (trusted, peer, forwarded) => {
    expect(asked(trusted, peer, forwarded)).toEqual({ address: peer, isHidden: false });
  });

  it("nor that of a connection that is gone", () => {
    expect(asked(proxies, undefined, "203.0.113.9")).toEqual({ address: "?", isHidden: false });
    expect(asked([], undefined, "203.0.113.9")).toEqual({ address: "?", isHidden: false });
  });
});
