import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createBrokerAccess, type Demand } from "./broker-access.ts";
import { token } from "./testing/start-broker-server.ts";

const accessOf = createBrokerAccess({
  token,
  allowFrom: ["10.1.0.0/16"],
  allowedHosts: ["connack.internal"],
  trustedProxies: [],
});

function ask(
  headers: Record<string, string>,
  remoteAddress = "127.0.0.1",
  demand: Demand = "token or place",
  url = "/",
) {
  return accessOf({ headers, url, socket: { remoteAddress } } as unknown as IncomingMessage, demand);
}

describe("who is asking", () => {
  it.each([
    [{ host: "localhost:8003" }, "127.0.0.1"],
    [{ host: "CONNACK.internal" }, "10.1.2.3"],
    [{ host: "[::1]:8003" }, "::ffff:10.1.2.3"],
    [{ host: "192.0.2.1" }, "::1"],
  ])("%j from %s is allowed by address", (headers, address) => {
    expect(ask(headers, address)).toEqual({ caller: "allowed by address" });
  });

  it("the token is enough, from anywhere and without Host", () => {
    const authorization = `Bearer ${token}`;
    expect(ask({ authorization, origin: "null" }, "203.0.113.7", "token")).toEqual({ caller: "proven broker" });
  });
});

describe("why not", () => {
  const local = { host: "localhost" };
  it.each([
    [{ authorization: "Bearer x" }, "127.0.0.1", "wrong token"],
    [local, "203.0.113.7", "no token, and 203.0.113.7 is not in http.brokers.allowFrom"],
    [{ host: "evil.example:80" }, "127.0.0.1", "no token, and Host evil.example is not in http.brokers.allowedHosts"],
    [{}, "127.0.0.1", "no token, and there is no Host header"],
    [{ ...local, origin: "http://localhost" }, "::1", "no token, and an origin header came: a web page"],
    [
      { host: "connack" },
      "172.17.0.2",
      "no token, and 172.17.0.2 is not in http.brokers.allowFrom; Host connack is not in http.brokers.allowedHosts",
    ],
  ])("%j from %s: %s", (headers, address, why) => {
    expect(ask(headers as Record<string, string>, address)).toEqual({ caller: "stranger", from: address, why });
  });

  it("/brokers/* wants the token, also from an allowed place", () => {
    const why = "no token, and /brokers/* wants the token";
    expect(ask(local, "127.0.0.1", "token")).toEqual({ caller: "stranger", from: "127.0.0.1", why });
  });

  it("a target in absolute form counts beside the Host header", () => {
    const why = "no token, and Host evil.example is not in http.brokers.allowedHosts";
    expect(ask(local, "127.0.0.1", "token or place", "http://evil.example/mqtt/auth")).toMatchObject({ why });
    expect(ask({ host: "evil.example" }, "127.0.0.1", "token or place", "http://localhost/")).toMatchObject({ why });
  });

  it("what a stranger sent is bounded and printable", () => {
    const access = ask({ host: `\u001b[2J\u00e9${"x".repeat(5000)}` });
    expect(access).toMatchObject({ why: expect.stringMatching(/^[\x20-\x7e]{1,200}$/) });
  });
});

describe("behind a trusted proxy", () => {
  const behind = createBrokerAccess({
    token,
    allowFrom: ["10.1.0.0/16", "10.9.0.1"],
    allowedHosts: [],
    trustedProxies: ["127.0.0.1", "10.9.0.1"],
  });
  const askedBy = (remoteAddress: string, headers: Record<string, string>) =>
    behind(
      { headers: { host: "localhost", ...headers }, url: "/", socket: { remoteAddress } } as never,
      "token or place",
    );

  it.each([
    ["127.0.0.1", "10.1.2.3"],
    ["10.9.0.1", "203.0.113.7, 10.1.2.3"],
  ])("%s that names %s: that address counts", (proxy, forwarded) => {
    expect(askedBy(proxy, { "x-forwarded-for": forwarded })).toEqual({ caller: "allowed by address" });
  });

  it.each([
    ["127.0.0.1", "203.0.113.7", "203.0.113.7", "203.0.113.7 is not in http.brokers.allowFrom"],
    ["10.9.0.1", "10.1.2.3, 203.0.113.7", "203.0.113.7", "203.0.113.7 is not in http.brokers.allowFrom"],
    ["127.0.0.1", "127.0.0.1", "127.0.0.1", "a trusted proxy does not say for whom it asks (127.0.0.1)"],
    ["10.9.0.1", "::1", "::1", "a trusted proxy does not say for whom it asks (::1)"],
    ["10.9.0.1", "who knows", "10.9.0.1", "a trusted proxy does not say for whom it asks (10.9.0.1)"],
  ])("%s that names %s is a stranger", (proxy, forwarded, from, why) => {
    const access = askedBy(proxy, { "x-forwarded-for": forwarded });
    expect(access).toEqual({ caller: "stranger", from, why: `no token, and ${why}` });
  });

  it("a proxy on this machine that names nobody makes nobody local", () => {
    expect(askedBy("127.0.0.1", {})).toMatchObject({ caller: "stranger", from: "127.0.0.1" });
  });

  it("who is no trusted proxy cannot say another address", () => {
    expect(askedBy("203.0.113.7", { "x-forwarded-for": "10.1.2.3" })).toMatchObject({ from: "203.0.113.7" });
    expect(askedBy("127.0.0.2", { "x-forwarded-for": "203.0.113.7" })).toEqual({ caller: "allowed by address" });
  });

  it("the token is enough", () => {
    const authorization = `Bearer ${token}`;
    expect(askedBy("127.0.0.1", { authorization })).toEqual({ caller: "proven broker" });
    expect(askedBy("127.0.0.1", { authorization: "Bearer x", "x-forwarded-for": "10.1.2.3" })).toEqual({
      caller: "stranger",
      from: "10.1.2.3",
      why: "wrong token",
    });
  });
});
