import { rmSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ca, filesOf, server } from "../brokers/embedded/testing/lab-certificates.ts";
import { loadConfig } from "../config/load-config.ts";
import { configuredTls } from "./configured-tls.ts";

const section = "brokers.embedded.tls";

function setUp(more: Record<string, unknown> = {}) {
  const [certificate = "", key = "", clientCa = ""] = filesOf(server.certificate, server.key, ca.certificate);
  const overrides = {
    [`${section}.certificateFile`]: certificate,
    [`${section}.keyFile`]: key,
    [`${section}.clientCaFile`]: clientCa,
    ...more,
  };
  return { certificate, key, clientCa, loaded: loadConfig({ env: {}, cwd: "/", overrides }) };
}

it("is what the files say", () => {
  const { loaded, certificate, key, clientCa } = setUp();
  expect(configuredTls(loaded)).toEqual({
    files: { certificate, key, clientCa },
    material: { certificate: server.certificate, key: server.key, clientCa: ca.certificate },
  });
});

it("is nothing where none is configured, or the embedded broker does not run", () => {
  expect(configuredTls(loadConfig({ env: {}, cwd: "/" }))).toBeUndefined();
  const { loaded, key } = setUp({ "brokers.embedded.enabled": false });
  rmSync(key);
  expect(configuredTls(loaded)).toBeUndefined();
});

it.each([
  ["certificate", "certificateFile", "", "has no certificate in PEM form"],
  ["certificate", "certificateFile", undefined, "does not exist"],
  ["key", "keyFile", ca.key, "is not the key of the certificate"],
  ["key", "keyFile", undefined, "does not exist"],
  ["clientCa", "clientCaFile", "x", "has no certificate in PEM form"],
  ["clientCa", "clientCaFile", undefined, "does not exist"],
] as const)("names the setting and the file of a mistake: %s", (part, setting, text, problem) => {
  const { loaded, ...files } = setUp();
  if (text === undefined) rmSync(files[part]);
  else writeFileSync(files[part], text);
  expect(() => configuredTls(loaded)).toThrow(
    `command line: \`${section}.${setting}\`: the file ${files[part]} ${problem}`,
  );
});
