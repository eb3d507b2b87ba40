import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { ca, filesOf, material, newServer, server } from "../brokers/embedded/testing/lab-certificates.ts";
import { watchListenerTls } from "./listener-tls.ts";
import { allow, ask, emqxRequest, recorded, start, stopAll, token } from "./testing/start-broker-server.ts";

const tls = { files: { certificate: "server.crt", key: "server.key" }, material };
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  stopAll();
});

async function openTls(port: number, options = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: "127.0.0.1", ca: ca.certificate, ...options });
  sockets.push(socket);
  await once(socket, "secureConnect");
  socket.on("error", () => {});
  return socket;
}

async function openTcp(port: number): Promise<Socket> {
  const socket = connectTcp(port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

const login = emqxRequest(recorded);
const answers = (text: string) => [...text.matchAll(/"result":"(\w+)"/g)].map(([, result]) => result);

describe("a listener for brokers with TLS", () => {
  it("answers pipelined logins, with the rules of the plain one", async () => {
    const { port, reasons } = await start(allow, { tls });
    const socket = await openTls(port);
    expect(socket.getProtocol()).toBe("TLSv1.3");
    expect(answers(await ask(socket, login.repeat(3), 3))).toEqual(["allow", "allow", "allow"]);
    const path = "/brokers/emqx/authn";
    const more = emqxRequest(recorded, path) + emqxRequest(recorded, path, `authorization: Bearer ${token}\r\n`);
    expect(answers(await ask(socket, more, 2))).toEqual(["deny", "allow"]);
    expect(reasons).toEqual(["broker_not_authorized"]);
  });

  it("keeps a connection open that has asked nothing, as brokers open theirs long before", async () => {
    const { port, reasons } = await start(allow, { tls, requestLimitMs: 60 });
    const socket = await openTls(port);
    await sleep(300);
    expect(answers(await ask(socket, login))).toEqual(["allow"]);
    expect(reasons).toEqual([]);
  });

  it("ends a request that is not complete in time", async () => {
    const { port, reasons, details } = await start(allow, { tls, requestLimitMs: 60 });
    const socket = await openTls(port);
    socket.write(login.slice(0, 40));
    await once(socket, "close");
    expect(reasons).toEqual(["malformed_request"]);
    expect(details[0]).toContain("not complete in time");
  });

  it("answers a request that cannot be read with a denial", async () => {
    const { port } = await start(allow, { tls });
    expect(answers(await ask(await openTls(port), "no HTTP\r\n\r\n"))).toEqual(["deny"]);
  });

  it("has nothing for who speaks no TLS, and tells of it", async () => {
    const { port, reasons, details } = await start(allow, { tls });
    const plain = await openTcp(port);
    let came = "";
    plain.on("data", (chunk) => {
      came += chunk.toString("latin1");
    });
    plain.write(login);
    await once(plain, "close");
    expect(came).not.toContain("HTTP");
    expect(reasons).toEqual(["malformed_request"]);
    expect(details[0]).toMatch(/^from (::ffff:)?127\.0\.0\.1: TLS: what came is not TLS/);
  });

  it("tells of clients before TLS 1.2, not of a probe that leaves at once", async () => {
    const { port, details } = await start(allow, { tls });
    const old = openTls(port, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" });
    await expect(old).rejects.toThrow();
    const probe = await openTcp(port);
    probe.end();
    await once(probe, "close");
    await openTls(port);
    expect(details.map((detail) => detail.replace(/^from \S+: /, ""))).toEqual([
      expect.stringContaining("only TLS before 1.2"),
    ]);
  });

  it("closes strangers for brokers when connections run out, and never a broker", async () => {
    const { port } = await start(allow, { tls, maxConnections: 4 });
    const broker = await openTls(port);
    await ask(broker, login);
    const strangers = [await openTls(port), await openTls(port)];
    for (let n = 0; n < 6; n++) strangers.push(await openTls(port));
    const late = await openTls(port);
    expect(answers(await ask(late, login))).toEqual(["allow"]);
    expect(answers(await ask(broker, login))).toEqual(["allow"]);
    const oldest = strangers[0] as TLSSocket;
    if (!oldest.closed) await once(oldest, "close");
  });
});

it("takes renewed files within a minute, for handshakes to come, until the watch is ended", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const [certificate = "", key = ""] = filesOf(server.certificate, server.key);
  const { port, server: listener } = await start(allow, { tls });
  const told: string[] = [];
  let inForce = 0;
  const end = watchListenerTls(
    listener as never,
    { files: { certificate, key }, material },
    {
      onNews: (sentence) => told.push(sentence),
      onProblem: () => {},
      onInForce: () => inForce++,
      nowMs: Date.now,
    },
  );
  const renew = () => {
    const next = newServer(ca);
    writeFileSync(certificate, next.certificate);
    writeFileSync(key, next.key);
    vi.advanceTimersByTime(60_000);
  };
  const fingerprintOf = (socket: TLSSocket) => socket.getPeerCertificate().fingerprint256;
  const before = await openTls(port);
  renew();
  const after = await openTls(port);
  expect(fingerprintOf(after)).not.toBe(fingerprintOf(before));
  expect(answers(await ask(before, login))).toEqual(["allow"]);
  expect([told, inForce]).toEqual([[`a new certificate was taken from ${certificate}`], 2]);
  end();
  renew();
  expect(fingerprintOf(await openTls(port))).toBe(fingerprintOf(after));
});
