import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { configChanges, configInForce } from "./config-changes.ts";
import { loadConfig } from "./load-config.ts";

const load = (overrides: Record<string, unknown> = {}) => loadConfig({ env: {}, cwd: "/nowhere", overrides });
const [first, second] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")];

it("tells what differs, with the old and the new value and where that comes from", () => {
  const before = load({ "http.brokers.allowFrom": ["10.0.0.1"], "credentials.jwt.issuer": "a" });
  const after = load({
    "http.brokers.port": 8103,
    "http.brokers.allowFrom": ["10.0.0.2"],
    "devices.goOnWithoutStoreFor": "1h",
  });
  expect(configChanges(before, after)).toEqual([
    { key: "http.brokers.port", from: 8003, to: 8103, source: "command line", isLive: false },
    { key: "http.brokers.allowFrom", from: ["10.0.0.1"], to: ["10.0.0.2"], source: "command line", isLive: true },
    { key: "credentials.jwt.issuer", from: "a", source: "default", isLive: true },
    { key: "devices.goOnWithoutStoreFor", from: "15m", to: "1h", source: "command line", isLive: true },
  ]);
  expect(configChanges(after, after)).toEqual([]);
});

it("never shows a secret, nor what is inside a structure", () => {
  const key = "credentials.jwt.secret";
  const groups = { lamps: { profile: "sensor" } };
  const changes = configChanges(load({ [key]: first }), load({ [key]: second, "acl.groups": groups }));
  expect(changes).toEqual([
    { key, from: "(set)", to: "(set)", source: "command line", isLive: true },
    { key: "acl.groups", source: "command line", isLive: true },
  ]);
  expect(configChanges(load(), load({ [key]: first }))).toEqual([
    { key, to: "(set)", source: "command line", isLive: true },
  ]);
});

it("what needs a start stays as it was, what does not is new", () => {
  const before = load({
    "http.brokers.port": 1,
    "http.brokers.tls.certificateFile": "c",
    "http.brokers.tls.keyFile": "k",
  });
  const after = load({ "http.brokers.host": "0.0.0.0", "brokers.denyStatus": 401, "log.level": "debug" });
  const inForce = configInForce(before, after);
  expect(configChanges(before, inForce).map(({ key }) => key)).toEqual(["brokers.denyStatus", "log.level"]);
  expect(configChanges(inForce, after).map(({ key }) => key)).toEqual([
    "http.brokers.host",
    "http.brokers.port",
    "http.brokers.tls.certificateFile",
    "http.brokers.tls.keyFile",
  ]);
  expect(inForce.sources).toMatchObject({ "http.brokers.port": "command line", "brokers.denyStatus": "command line" });
  expect(inForce.sources["http.brokers.host"]).toBe("default");
  expect(configInForce(load(), before).config.http.brokers.tls).toEqual({});
});
