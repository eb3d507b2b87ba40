import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { connect } from "node:tls";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { ca, filesOf, newServer, server } from "./brokers/embedded/testing/lab-certificates.ts";
import { type Config, configSchema } from "./config/config-schema.ts";
import { openEmbeddedBroker } from "./open-embedded-broker.ts";
import type { ConfiguredTls } from "./tls/configured-tls.ts";
import { loadTlsFiles } from "./tls/read-tls-files.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function open(embedded: object, tls?: ConfiguredTls) {
  const config: Config = configSchema.parse({ brokers: { embedded } });
  const told: string[] = [];
  const running = await openEmbeddedBroker({
    config: config.brokers.embedded,
    tls,
    decideConnect: () => Promise.reject(new Error("nobody asks")),
    onEvent: () => {},
    onError: () => {},
    onProblem: (sentence) => told.push(`problem: ${sentence}`),
    onNews: (sentence) => told.push(`news: ${sentence}`),
    nowMs: Date.now,
  });
  onTestFinished(() => running.close());
  return { ...running, told };
}

function tlsFiles(): ConfiguredTls {
  const [certificate = "", key = ""] = filesOf(server.certificate, server.key);
  return { files: { certificate, key }, material: loadTlsFiles({ certificate, key }) };
}

const freePorts = { port: 0, webSocket: { port: 0, path: "/a" }, tls: { port: 0, webSocketPort: 0 } };
const shapeOf = (listeners: Record<string, string>) =>
  Object.entries(listeners).map(([name, url]) => `${name} ${url.replace(/:\d+/, ":<port>")}`);

it("opens the listeners that are configured, each under its URL", async () => {
  expect(shapeOf((await open(freePorts, tlsFiles())).listeners)).toEqual([
    "mqtt mqtt://127.0.0.1:<port>",
    "ws ws://127.0.0.1:<port>/a",
    "mqtts mqtts://127.0.0.1:<port>",
    "wss wss://127.0.0.1:<port>/a",
  ]);
  expect(shapeOf((await open(freePorts)).listeners)).toEqual([
    "mqtt mqtt://127.0.0.1:<port>",
    "ws ws://127.0.0.1:<port>/a",
  ]);
  const closed = { ...freePorts, tcp: false, webSocket: { enabled: false } };
  expect(Object.keys((await open(closed, tlsFiles())).listeners)).toEqual(["mqtts", "wss"]);
  expect((await open({ ...freePorts, host: "::1" })).listeners.mqtt).toMatch(/^mqtt:\/\/\[::1\]:\d+$/);
});

it("looks at the files of its certificate every minute, until it is closed", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const tls = tlsFiles();
  const { listeners, told, close } = await open(freePorts, tls);
  const served = () =>
    new Promise<string | undefined>((resolve, reject) => {
      const { port } = new URL(listeners.mqtts ?? "");
      const socket = connect({ port: Number(port), host: "127.0.0.1", ca: ca.certificate }, () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber);
        socket.destroy();
      });
      socket.on("error", reject);
    });
  const serialOf = (pem: string) => new X509Certificate(pem).serialNumber;
  const renewed = newServer(ca);
  writeFileSync(tls.files.key, renewed.key);
  writeFileSync(tls.files.certificate, renewed.certificate);
  vi.advanceTimersByTime(59_999);
  expect(await served()).toBe(serialOf(server.certificate));
  vi.advanceTimersByTime(1);
  expect(await served()).toBe(serialOf(renewed.certificate));
  writeFileSync(tls.files.key, "broken");
  vi.advanceTimersByTime(60_000);
  expect(await served()).toBe(serialOf(renewed.certificate));
  expect(told.map((each) => each.replace(/\S+\/\d\.pem/, "<file>"))).toEqual([
    expect.stringMatching(/^problem: the certificate <file> expires on .*, in 0 days$/),
    "news: a new certificate was taken from <file>",
    "problem: <file> has no private key in PEM form; the old certificate stays in use",
  ]);
  await close();
  writeFileSync(tls.files.key, "still broken");
  writeFileSync(tls.files.certificate, "still broken");
  vi.advanceTimersByTime(600_000);
  expect(told).toHaveLength(3);
});
