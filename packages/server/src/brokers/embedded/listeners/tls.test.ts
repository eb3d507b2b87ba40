import { X509Certificate } from "node:crypto";
import { connect } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import mqttPacket, { type IConnackPacket } from "mqtt-packet";
import { describe, expect, it, onTestFinished } from "vitest";
import { issueCertificate } from "../../../tls/issue-certificate.ts";
import { startEmbeddedBroker } from "../embedded-broker.ts";
import {
  ca,
  filesOf,
  material,
  materialWithClients,
  newCa,
  newClient,
  newServer,
  server as ours,
} from "../testing/lab-certificates.ts";
import { type ListenerBroker, openListenerBroker } from "../testing/open-listener-broker.ts";
import { allow, until, untilEvents } from "../testing/open-test-broker.ts";
import { connectPacket } from "../testing/raw-peer.ts";
import { startProgram } from "../testing/run-program.ts";
import { WebSocketPeer } from "../testing/web-socket-peer.ts";

const nowMs = () => 1_800_000_000_000;
const thermo = newClient(ca, "thermo");

/** A TLS connection that the test may use; never throws for its end. */
function open(port: number, options: ConnectionOptions = {}): TLSSocket & { wasClosed: Promise<void> } {
  const socket = connectTls({ port, host: "127.0.0.1", ca: ca.certificate, ...options });
  socket.on("error", () => {});
  socket.resume();
  onTestFinished(() => {
    socket.destroy();
  });
  return Object.assign(socket, { wasClosed: new Promise<void>((resolve) => socket.once("close", () => resolve())) });
}

const certificateOptions = (issued: { certificate: string; key: string }) => ({
  cert: issued.certificate,
  key: issued.key,
});

/** Sends a CONNECT of MQTT 3.1.1; resolves with the answer. */
async function login(socket: TLSSocket, clientId = "c"): Promise<IConnackPacket> {
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  const answer = new Promise<IConnackPacket>((resolve, reject) => {
    parser.on("packet", (packet) => resolve(packet as IConnackPacket));
    socket.once("close", () => reject(new Error("closed without CONNACK")));
  });
  socket.on("data", (chunk) => parser.parse(chunk));
  socket.write(mqttPacket.generate(connectPacket(4, { clientId })));
  return answer;
}

async function detailsOf(server: ListenerBroker): Promise<(string | undefined)[]> {
  return (await untilEvents(server, "guard", 1)).map(({ guard, detail }) => `${guard}: ${detail}`);
}

describe("what is no good TLS", () => {
  it.each([
    ["an MQTT CONNECT", mqttPacket.generate(connectPacket(4)), /what came is not TLS \(ERR_SSL_/],
    ["an HTTP request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", /what came is not TLS \(ERR_SSL_HTTP_REQUEST\)/],
    ["zeros", Buffer.alloc(1_000), /what came is not TLS \(ERR_SSL_/],
    ["a record that is too long", Buffer.from(`160301ffff${"00".repeat(100)}`, "hex"), /^TLS: .*ERR_SSL_/],
  ])("is refused: %s", async (_, bytes, detail) => {
    const server = await openListenerBroker({ nowMs });
    for (const port of [server.ports.tls, server.ports.wss]) {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.on("error", () => {});
      socket.resume();
      socket.write(bytes);
      await new Promise((resolve) => socket.once("close", resolve));
    }
    expect(await untilEvents(server, "guard", 1)).toMatchObject([
      { guard: "handshake_failed", peerHost: "127.0.0.1", detail: expect.stringMatching(detail) },
    ]);
    expect((await login(open(server.ports.tls))).returnCode).toBe(0);
  });

  it("is refused: a version before 1.2", async () => {
    const server = await openListenerBroker({ nowMs });
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;
    await open(server.ports.tls, old).wasClosed;
    expect(await detailsOf(server)).toEqual([
      "handshake_failed: TLS: the client offers only TLS before 1.2 (ERR_SSL_UNSUPPORTED_PROTOCOL)",
    ]);
  });

  it.each(["tlsv1.2", "tlsv1.3"])("is told of: a client of %s that does not trust us", async (version) => {
    const server = await openListenerBroker({ nowMs });
    const [cafile = ""] = filesOf(newCa().certificate);
    const args = ["-h", "127.0.0.1", "-p", String(server.ports.tls), "--cafile", cafile, "--tls-version", version];
    expect(await startProgram("mosquitto_pub", [...args, "-t", "t", "-m", "x"]).done).not.toBe(0);
    expect(await detailsOf(server)).toEqual([
      "handshake_failed: TLS: the client does not trust our certificate (ERR_SSL_TLSV1_ALERT_UNKNOWN_CA)",
    ]);
  });

  it("is cut after the time for it: no handshake, half of one, and a byte now and then", async () => {
    const server = await openListenerBroker({ nowMs, limits: { connectTimeoutMs: 500 } });
    const hello = await clientHello();
    const talk = async (port: number, ...bytes: (Buffer | "slowly")[]) => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.on("error", () => {});
      socket.resume();
      let at = 0;
      const drip = setInterval(() => bytes.includes("slowly") && socket.write(hello.subarray(at, ++at)), 20);
      for (const each of bytes) if (each !== "slowly") socket.write(each);
      await new Promise((resolve) => socket.once("close", resolve));
      clearInterval(drip);
      expect(at).toBeLessThan(hello.length);
    };
    const { tls, wss } = server.ports;
    await Promise.all([talk(tls), talk(tls, hello.subarray(0, 50)), talk(tls, "slowly"), talk(wss, "slowly")]);
    expect(server.broker.counters()).toMatchObject({ "guard.connect_timeout": 4 });
    expect(server.broker.counters()).not.toHaveProperty("guard.handshake_failed");
    // The deadline goes on behind the handshake, where the upgrade and the CONNECT are due.
    await Promise.all([open(wss).wasClosed, open(tls).wasClosed]);
    expect(server.broker.counters()).toMatchObject({ "guard.connect_timeout": 6 });
  });

  it("is told of: a peer that leaves in the handshake", async () => {
    const server = await openListenerBroker({ nowMs });
    const socket = connect({ port: server.ports.wss, host: "127.0.0.1" });
    socket.write((await clientHello()).subarray(0, 50), () => socket.destroy());
    expect(await untilEvents(server, "guard", 1)).toMatchObject([
      { peerHost: "127.0.0.1", detail: "the client has left before the end of the handshake" },
    ]);
  });

  it("is a renegotiation", async () => {
    const server = await openListenerBroker({ nowMs });
    const socket = open(server.ports.tls, { maxVersion: "TLSv1.2" });
    await login(socket);
    socket.renegotiate({}, () => {});
    await socket.wasClosed;
    await until("its end", () => server.broker.connections() === 0);
  });
});

/** The first bytes that a client sends. */
async function clientHello(): Promise<Buffer> {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const got = new Promise<Buffer>((resolve) => server.once("connection", (socket) => socket.once("data", resolve)));
  const client = open((server.address() as { port: number }).port);
  const hello = await got;
  client.destroy();
  server.close();
  return hello;
}

describe("a client certificate", () => {
  const day = 86_400_000;
  const [from, yesterday, later] = [-2, -1, 2].map((days) => new Date(Date.now() + days * day)) as [Date, Date, Date];
  const otherCa = newCa();
  /** Name and issuer's name are right, the signature is another CA's. */
  const forged = newClient(otherCa, "thermo");
  const expired = issueCertificate(
    { commonName: "thermo", use: { kind: "client" }, notBefore: from, notAfter: yesterday },
    ca,
  );
  const early = issueCertificate(
    { commonName: "thermo", use: { kind: "client" }, notBefore: later, notAfter: later },
    ca,
  );
  const selfSigned = issueCertificate({
    commonName: "thermo",
    use: { kind: "client" },
    notBefore: from,
    notAfter: later,
  });
  const unverified = [
    ["of another CA", forged, "UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|CERT_SIGNATURE_FAILURE"],
    ["that has expired", expired, "CERT_HAS_EXPIRED"],
    ["that is not valid yet", early, "CERT_NOT_YET_VALID"],
    ["that nobody signed", selfSigned, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["of a server", newServer(ca), "INVALID_PURPOSE"],
    [
      "signed by a client",
      newClient(thermo, "thermo"),
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE|INVALID_CA|UNABLE_TO_GET_ISSUER",
    ],
  ] as const;

  it.each(["TLSv1.2", "TLSv1.3"] as const)("that is verified names the device, with %s", async (version) => {
    const server = await openListenerBroker({ nowMs });
    const options = { ...certificateOptions(thermo), minVersion: version, maxVersion: version };
    await login(open(server.ports.tls, options));
    expect(server.requests[0]).toMatchObject({
      certificateCommonName: "thermo",
      certificateSubject: "CN=thermo",
      listener: "embedded:tls",
    });
  });

  it("names the device on a WebSocket", async () => {
    const server = await openListenerBroker({ nowMs });
    const url = `wss://127.0.0.1:${server.ports.wss}/mqtt`;
    const peer = await WebSocketPeer.open(url, { ca: ca.certificate, ...certificateOptions(thermo) });
    peer.send(connectPacket(5));
    await peer.take("connack");
    expect(server.requests).toMatchObject([{ certificateCommonName: "thermo", listener: "embedded:wss" }]);
  });

  it.each(unverified)("%s is not passed on", async (_, certificate, problem) => {
    const server = await openListenerBroker({ nowMs });
    expect((await login(open(server.ports.tls, certificateOptions(certificate)))).returnCode).toBe(0);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).not.toHaveProperty("certificateCommonName");
    expect(server.requests[0]).not.toHaveProperty("certificateSubject");
    expect(await untilEvents(server, "guard", 1)).toMatchObject([
      {
        guard: "certificate_not_verified",
        peerHost: "127.0.0.1",
        detail: expect.stringMatching(`^TLS: the client certificate is not heeded: (${problem})`),
      },
    ]);
  });

  it.each(unverified)("%s is refused where one is required", async (_, certificate, problem) => {
    const tls = { material: materialWithClients, requireClientCertificate: true, port: 0, webSocketPort: 0 };
    const server = await openListenerBroker({ nowMs, tls });
    const { ports } = server;
    await Promise.all([ports.tls, ports.wss].map((port) => open(port, certificateOptions(certificate)).wasClosed));
    expect(server.requests).toEqual([]);
    expect(await untilEvents(server, "guard", 1)).toMatchObject([
      { peerHost: "127.0.0.1", detail: expect.stringMatching(`^TLS: a client certificate is required: (${problem})`) },
    ]);
    expect((await login(open(ports.tls, certificateOptions(thermo)))).returnCode).toBe(0);
  });

  it("that is required has to be there", async () => {
    const tls = { material: materialWithClients, requireClientCertificate: true, port: 0, webSocketPort: 0 };
    const server = await openListenerBroker({ nowMs, tls });
    await Promise.all([server.ports.tls, server.ports.wss].map((port) => open(port).wasClosed));
    expect(server.requests).toEqual([]);
    expect(await detailsOf(server)).toEqual(["handshake_failed: TLS: a client certificate is required: none was sent"]);
  });

  it("is not asked for without a CA, and never heeded then", async () => {
    const server = await openListenerBroker({ nowMs, tls: { material, port: 0, webSocketPort: 0 } });
    await login(open(server.ports.tls, certificateOptions(thermo)));
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).not.toHaveProperty("certificateCommonName");
    expect(server.events).not.toContainEqual(expect.objectContaining({ type: "guard" }));
  });

  it.each([
    ["TLSv1.2", thermo, "thermo"],
    ["TLSv1.3", thermo, "thermo"],
    ["TLSv1.2", expired, undefined],
    ["TLSv1.3", expired, undefined],
  ] as const)("is the same when a session of %s is resumed", async (version, certificate, commonName) => {
    const server = await openListenerBroker({ nowMs });
    const options = { ...certificateOptions(certificate), minVersion: version, maxVersion: version };
    const first = open(server.ports.tls, options);
    const session = new Promise<Buffer>((resolve) => first.once("session", resolve));
    await login(first, "first");
    const again = open(server.ports.tls, { ...options, session: await session });
    await login(again, "again");
    expect(again.isSessionReused()).toBe(true);
    expect(server.requests.map((request) => request.certificateCommonName)).toEqual([commonName, commonName]);
  });
});

describe("our certificate", () => {
  it("is renewed for new connections, and the old ones stay", async () => {
    const server = await openListenerBroker({ nowMs });
    const before = open(server.ports.tls);
    await login(before, "before");
    const renewed = newServer(ca);
    server.broker.renewTls({ ...materialWithClients, certificate: renewed.certificate, key: renewed.key });
    const serialOf = (pem: string) => new X509Certificate(pem).serialNumber;
    for (const port of [server.ports.tls, server.ports.wss]) {
      const after = open(port);
      await new Promise((resolve) => after.once("secureConnect", resolve));
      expect(after.getPeerX509Certificate()?.serialNumber).toBe(serialOf(renewed.certificate));
    }
    expect(before.getPeerX509Certificate()?.serialNumber).toBe(serialOf(ours.certificate));
    expect(server.broker.connections()).toBe(1);
    await login(open(server.ports.tls, certificateOptions(thermo)), "still");
    expect(server.requests.at(-1)).toMatchObject({ certificateCommonName: "thermo" });
  });

  it("stays when the new one is not usable", async () => {
    const server = await openListenerBroker({ nowMs });
    expect(() => server.broker.renewTls({ ...material, key: thermo.key })).toThrow(/key values mismatch/);
    expect((await login(open(server.ports.tls))).returnCode).toBe(0);
  });

  it("has to fit its key, or nothing is opened", async () => {
    const attempt = startEmbeddedBroker({
      host: "127.0.0.1",
      port: 0,
      tls: { material: { ...material, key: thermo.key }, port: 0 },
      decideConnect: async () => allow("device"),
    });
    await expect(attempt).rejects.toMatchObject({ code: "ERR_OSSL_X509_KEY_VALUES_MISMATCH" });
  });
});

it("opens the listeners that are asked for, all or none", async () => {
  const decideConnect = async () => allow("device");
  const broker = await startEmbeddedBroker({ host: "127.0.0.1", webSocket: { port: 0 }, decideConnect });
  expect(Object.keys(broker.addresses)).toEqual(["ws"]);
  const { port = 0 } = broker.addresses.ws ?? {};
  const [free] = await Promise.all([startEmbeddedBroker({ host: "127.0.0.1", port: 0, decideConnect })]);
  const { port: freed = 0 } = free.addresses.tcp ?? {};
  await free.close();
  const attempt = startEmbeddedBroker({ host: "127.0.0.1", port: freed, webSocket: { port }, decideConnect });
  await expect(attempt).rejects.toMatchObject({ code: "EADDRINUSE", port });
  await broker.close();
  const again = await startEmbeddedBroker({ host: "127.0.0.1", port: freed, webSocket: { port }, decideConnect });
  expect(again.addresses).toEqual({ tcp: { host: "127.0.0.1", port: freed }, ws: { host: "127.0.0.1", port } });
  await again.close();
});
