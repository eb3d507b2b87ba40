import { describe, expect, it } from "vitest";
import { loadConfig } from "../config/load-config.ts";
import { listenProblem } from "./listen-problem.ts";

const load = (env: Record<string, string> = {}, overrides: Record<string, unknown> = {}) =>
  loadConfig({ env, cwd: "/nonexistent", overrides });
const systemError = (fields: object) => Object.assign(new Error("listen"), fields);
const taken = (port: number) => systemError({ code: "EADDRINUSE", port, address: "127.0.0.1" });

describe("a port that is taken", () => {
  it("by default: who probably has it, and every way to move ours", () => {
    expect(listenProblem(taken(8003), load())).toMatchObject({
      code: "EADDRINUSE",
      message: "port 8003 is taken, probably by xiaozhi-server or another connack",
      next: "stop it, or move ours: http.brokers.port (its default), CONNACK_HTTP_BROKERS_PORT, or connack serve --http-port 8103",
    });
    expect(listenProblem(taken(1883), load())).toMatchObject({
      message: expect.stringContaining("another MQTT broker"),
      next: "stop it, or move ours: brokers.embedded.port (its default), CONNACK_BROKERS_EMBEDDED_PORT, or connack serve --mqtt-port 1884, or --no-embedded-broker",
    });
  });

  it("from the environment: that variable, once", () => {
    const loaded = load({ CONNACK_HTTP_BROKERS_PORT: "9003" });
    expect(listenProblem(taken(9003), loaded)).toMatchObject({
      message: "port 9003 is taken",
      next: "stop it, or move ours: http.brokers.port (from CONNACK_HTTP_BROKERS_PORT), or connack serve --http-port 8103",
    });
  });

  it("from the command line: the flag, with no port that is just taken", () => {
    const next = listenProblem(taken(8103), load({}, { "http.brokers.port": 8103 }))?.next;
    expect(next).toContain("http.brokers.port (from the command line)");
    expect(next).toContain("connack serve --http-port <port>");
  });

  it("where both listeners have it on different addresses: the one of that address", () => {
    const same = { "brokers.embedded.port": 9003, "http.brokers.port": 9003, "http.brokers.host": "127.0.0.2" };
    const error = systemError({ code: "EADDRINUSE", port: 9003, address: "127.0.0.2" });
    expect(listenProblem(error, load({}, same))?.next).toContain("http.brokers.port");
    expect(listenProblem(taken(9003), load({}, same))?.next).toContain("brokers.embedded.port");
  });
});

it("a port for root alone is no case for stopping something", () => {
  const error = systemError({ code: "EACCES", port: 80, address: "127.0.0.1" });
  const problem = listenProblem(error, load({}, { "http.brokers.port": 80 }));
  expect(problem?.message).toBe("port 80 may not be opened by this user");
  expect(problem?.next).toMatch(/^take a port from 1024 on: http\.brokers\.port/);
});

it.each([
  [{ code: "EADDRNOTAVAIL", port: 8003, address: "192.0.2.1" }, "192.0.2.1 is no address of this machine"],
  [{ code: "ENOTFOUND", hostname: "192.0.2.1" }, "no address is known for the name 192.0.2.1"],
])("a host that cannot be: %j", (fields, message) => {
  const problem = listenProblem(systemError(fields), load({ CONNACK_HTTP_BROKERS_HOST: "192.0.2.1" }));
  expect(problem).toMatchObject({
    message,
    next: expect.stringContaining("http.brokers.host (from CONNACK_HTTP_BROKERS_HOST)"),
  });
});

it.each([{ code: "EACCES", path: "/x" }, { code: "EADDRINUSE", port: 4711 }, {}])(
  "is for listeners alone: %j",
  (fields) => {
    expect(listenProblem(systemError(fields), load())).toBeUndefined();
  },
);
