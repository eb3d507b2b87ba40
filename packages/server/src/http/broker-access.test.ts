import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createBrokerAccess, type Demand } from "./broker-access.ts";
import { token } from "./testing/start-broker-server.ts";

const accessOf = createBrokerAccess({ token, allowFrom: ["10.1.0.0/16"], allowedHosts: ["connack.internal"] });

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
    expect(ask(headers as Record<string, string>, address)).toEqual({ caller: "stranger", why });
  });

  it("/brokers/* wants the token, also from an allowed place", () => {
    const why = "no token, and /brokers/* wants the token";
    expect(ask(local, "127.0.0.1", "token")).toEqual({ caller: "stranger", why });
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
