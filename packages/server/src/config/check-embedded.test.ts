import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "connack-config-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function problemsOf(embedded: string, more = ""): string[] {
  writeFileSync(join(cwd, "connack.yaml"), `${more}\nbrokers: {embedded: ${embedded}}\n`);
  try {
    loadConfig({ env: {}, cwd });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ place, problem }) => `${place}: ${problem}`);
    throw error;
  }
  return [];
}

describe("the embedded broker's settings", () => {
  it.each([
    "{}",
    "{tcp: false}",
    "{tcp: false, webSocket: {enabled: false}, tls: {certificateFile: a, keyFile: b}}",
    "{tls: {certificateFile: a, keyFile: b, clientCaFile: c, requireClientCertificate: true}}",
    "{port: 0, webSocket: {port: 0}, tls: {certificateFile: a, keyFile: b, port: 0, webSocketPort: 0}}",
    "{tcp: false, webSocket: {port: 1883}}",
    "{port: 8883, webSocket: {port: 8084}}",
    "{enabled: false, tcp: false, webSocket: {enabled: false, path: x}, tls: {keyFile: b}}",
    "{webSocket: {path: /}}",
    '{webSocket: {path: "/a/b-c_d.e~f:1", allowedOrigins: ["https://a.example:8443", "http://[::1]:80a", "app://x", "*", "null"]}}',
  ])("are good: %s", (embedded) => {
    expect(problemsOf(embedded)).toEqual([]);
  });

  it.each([
    ["{tls: {certificateFile: a}}", "`brokers.embedded.tls.certificateFile` needs `brokers.embedded.tls.keyFile`"],
    ["{tls: {keyFile: a}}", "`brokers.embedded.tls.keyFile` needs `brokers.embedded.tls.certificateFile`"],
    ["{tls: {clientCaFile: a}}", "`brokers.embedded.tls.clientCaFile` needs `brokers.embedded.tls.certificateFile`"],
    [
      "{tls: {certificateFile: a, keyFile: b, requireClientCertificate: true}}",
      "`brokers.embedded.tls.requireClientCertificate` needs `brokers.embedded.tls.clientCaFile`",
    ],
    [
      "{tcp: false, webSocket: {enabled: false}}",
      "the embedded broker listens nowhere: switch on `brokers.embedded.tcp` or `brokers.embedded.webSocket.enabled`, give a certificate, or set `brokers.embedded.enabled` to false",
    ],
    [
      "{webSocket: {port: 1883}}",
      "`brokers.embedded.webSocket.port` is the port of `brokers.embedded.port`; give them different ones",
    ],
    [
      "{port: 8083}",
      "`brokers.embedded.webSocket.port` is the port of `brokers.embedded.port`; give them different ones",
    ],
    [
      "{port: 8084, tls: {certificateFile: a, keyFile: b}}",
      "`brokers.embedded.tls.webSocketPort` is the port of `brokers.embedded.port`; give them different ones",
    ],
    [
      "{tls: {certificateFile: a, keyFile: b, port: 8003}}",
      "`brokers.embedded.tls.port` is the port of `http.brokers.port`; give them different ones",
    ],
    ...["mqtt", "/mqtt?x", "/mqtt#x", "/a b", '"/ü"'].map((path) => [
      `{webSocket: {path: ${path}}}`,
      "`brokers.embedded.webSocket.path`: expected a path such as /mqtt, without query",
    ]),
  ] as [string, string][])("are a mistake, told with its place: %s", (embedded, problem) => {
    expect(problemsOf(embedded)).toEqual([`connack.yaml:2: ${problem}`]);
  });

  it.each([
    "app.example",
    "https://app.example/",
    "https://App.example",
    "https://app.example:443",
    "http://a:80",
    '""',
  ])("know origins as browsers write them: not %s", (origin) => {
    const [problem] = problemsOf(`{webSocket: {allowedOrigins: [${origin}]}}`);
    expect(problem).toMatch(/`brokers.embedded.webSocket.allowedOrigins`: expected list of origins such as https:/);
  });

  it("name the setting that was changed, of two with one port", () => {
    expect(problemsOf("{}", "http: {brokers: {port: 8083}}")).toEqual([
      "connack.yaml:1: `brokers.embedded.webSocket.port` is the port of `http.brokers.port`; give them different ones",
    ]);
  });

  it("have variables, also those whose name ends like that of a file", () => {
    const env = {
      CONNACK_BROKERS_EMBEDDED_TLS_CERTIFICATE_FILE: "a.crt",
      CONNACK_BROKERS_EMBEDDED_TLS_KEY_FILE: "a.key",
      CONNACK_BROKERS_EMBEDDED_TLS_WEB_SOCKET_PORT: "9443",
      CONNACK_BROKERS_EMBEDDED_WEB_SOCKET_ALLOWED_ORIGINS: "https://a.example,null",
    };
    expect(loadConfig({ env, cwd }).config.brokers.embedded).toMatchObject({
      tls: { certificateFile: "a.crt", keyFile: "a.key", webSocketPort: 9443, port: 8883 },
      webSocket: { enabled: true, port: 8083, path: "/mqtt", allowedOrigins: ["https://a.example", "null"] },
      tcp: true,
      port: 1883,
    });
  });
});
