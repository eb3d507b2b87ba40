import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EmbeddedBrokerOptions } from "../embedded-broker.ts";
import { openPermissiveBroker, publish, subscribe } from "../testing/expect-working.ts";
import { eventsOf, type TestBroker, until, untilEvents } from "../testing/open-test-broker.ts";
import { codeOf, connectPacket } from "../testing/raw-peer.ts";
import { WebSocketPeer } from "../testing/web-socket-peer.ts";

interface WebSocketBroker extends TestBroker {
  ws: string;
  wsPort: number;
}

async function openBroker(options: Partial<EmbeddedBrokerOptions> = {}): Promise<WebSocketBroker> {
  const { webSocket, ...others } = options;
  // Guards tell of themselves once a second: in a second that stands still, once.
  const nowMs = () => 1_800_000_000_000;
  const server = await openPermissiveBroker({ webSocket: { port: 0, ...webSocket }, nowMs, ...others });
  const wsPort = server.broker.addresses.ws?.port ?? 0;
  return { ...server, wsPort, ws: `ws://127.0.0.1:${wsPort}/mqtt` };
}

/** The guard events' details, once there are so many. */
async function detailsOf(server: TestBroker, count = 1): Promise<(string | undefined)[]> {
  return (await untilEvents(server, "guard", count)).map(({ guard, detail }) => `${guard}: ${detail}`);
}

/** Sends bytes to the port and gives everything that comes back until the end. */
async function talk(port: number, ...chunks: (string | Buffer)[]): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  onTestFinished(() => {
    socket.destroy();
  });
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  for (const chunk of chunks) socket.write(chunk);
  await new Promise((resolve) => socket.once("close", resolve));
  return answer;
}

const upgrade = (...headers: string[]) =>
  [
    "GET /mqtt HTTP/1.1",
    "Host: broker.test:8083",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
    "",
    "",
  ].join("\r\n");

describe("the upgrade", () => {
  it.each(["", "/", "/mqtt/", "/MQTT", "/mqttx", "//mqtt", "/mqtt%20"])("is refused on the path %j", async (path) => {
    const server = await openBroker();
    const peer = await WebSocketPeer.open(`ws://127.0.0.1:${server.wsPort}${path}`);
    expect(peer.status).toBe(404);
    expect(await detailsOf(server)).toEqual([`handshake_failed: WebSocket: path ${path || "/"}, ours is /mqtt`]);
  });

  it("takes the configured path, whatever its query", async () => {
    const server = await openBroker({ webSocket: { port: 0, path: "/devices/mqtt" } });
    const url = `ws://127.0.0.1:${server.wsPort}/devices/mqtt`;
    for (const query of ["", "?", "?token=/x"]) {
      const { connack } = await WebSocketPeer.connect(`${url}${query}`);
      expect(codeOf(connack)).toBe(0);
    }
    expect((await WebSocketPeer.open(server.ws)).status).toBe(404);
  });

  it("needs the subprotocol mqtt, or the older mqttv3.1", async () => {
    const server = await openBroker();
    const chosen = async (...protocols: string[]) => {
      const peer = await WebSocketPeer.open(server.ws, { protocols });
      return peer.status ?? peer.socket.protocol;
    };
    expect(await chosen("mqtt")).toBe("mqtt");
    expect(await chosen("mqttv3.1")).toBe("mqttv3.1");
    expect(await chosen("mqttv3.1", "mqtt")).toBe("mqtt");
    expect(await chosen("chat", "mqtt")).toBe("mqtt");
    expect(await chosen()).toBe(400);
    expect(await chosen("chat")).toBe(400);
    expect(await chosen("MQTT")).toBe(400);
    expect(await detailsOf(server)).toEqual(["handshake_failed: WebSocket: subprotocol missing, not mqtt"]);
  });

  it("is for pages of the same host and of this machine, and for those that are listed", async () => {
    const server = await openBroker({ webSocket: { port: 0, allowedOrigins: ["https://app.example"] } });
    const statusOf = async (origin: string) => (await WebSocketPeer.open(server.ws, { origin })).status ?? 101;
    expect(await statusOf("http://127.0.0.1:3000")).toBe(101);
    expect(await statusOf("http://localhost")).toBe(101);
    expect(await statusOf("https://app.example")).toBe(101);
    for (const origin of ["https://evil.example", "https://app.example:444", "null", "https://localhost.evil.example"])
      expect(await statusOf(origin)).toBe(403);
    expect(await detailsOf(server)).toEqual([
      "handshake_failed: WebSocket: Origin https://evil.example is not in brokers.embedded.webSocket.allowedOrigins",
    ]);
    const answer = await talk(
      server.wsPort,
      upgrade("Sec-WebSocket-Protocol: mqtt", "Sec-WebSocket-Origin: http://e.x"),
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
  });

  it("does not agree to compression", async () => {
    const server = await openBroker();
    const peer = await WebSocketPeer.open(server.ws, { perMessageDeflate: true });
    expect(peer.socket.extensions).toBe("");
  });

  it("is all of HTTP there is", async () => {
    const server = await openBroker();
    for (const method of ["GET", "POST"]) {
      const answer = await talk(server.wsPort, `${method} /mqtt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n/);
      expect(answer).toContain("This is an MQTT broker. Connect with WebSocket to /mqtt, subprotocol mqtt.\n");
    }
    const post = upgrade("Sec-WebSocket-Protocol: mqtt").replace("GET", "POST");
    expect(await talk(server.wsPort, post)).toMatch(/^HTTP\/1.1 405 /);
    const other = upgrade("Sec-WebSocket-Protocol: mqtt").replace("Upgrade: websocket", "Upgrade: h2c");
    expect(await talk(server.wsPort, other)).toMatch(/^HTTP\/1.1 400 /);
    expect(await detailsOf(server)).toEqual(["handshake_failed: WebSocket: a plain HTTP request"]);
  });

  it.each([
    ["an MQTT CONNECT", Buffer.from("\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00", "latin1")],
    ["zeros", Buffer.alloc(100)],
    ["a header without end", Buffer.from(`GET /mqtt HTTP/1.1\r\nX: ${"x".repeat(100_000)}`)],
  ])("is not %s", async (_, bytes) => {
    const server = await openBroker();
    expect(await talk(server.wsPort, bytes)).toMatch(/^(HTTP\/1.1 400 |$)/);
    expect(await detailsOf(server)).toEqual([
      expect.stringMatching(/^handshake_failed: WebSocket: no HTTP request \(HPE_/),
    ]);
  });

  it("tells of a peer that speaks TLS to the plain listener", async () => {
    const server = await openBroker();
    const socket = connectTls({ port: server.wsPort, host: "127.0.0.1", rejectUnauthorized: false });
    socket.on("error", () => {});
    expect(await detailsOf(server)).toEqual([expect.stringContaining("WebSocket: no HTTP request")]);
    socket.destroy();
  });
});

describe("frames", () => {
  it("may hold several packets or parts of one; answers of one turn come in one frame", async () => {
    const server = await openBroker();
    const peer = await WebSocketPeer.open(server.ws);
    const bytes = Buffer.concat([
      peer.bytes(connectPacket(5, { clientId: "pieces" })),
      peer.bytes(subscribe("t")),
      peer.bytes(publish("t", { payload: Buffer.alloc(5_000) })),
    ]);
    for (let at = 0; at < 40; at++) peer.socket.send(bytes.subarray(at, at + 1));
    peer.socket.send(bytes.subarray(40));
    expect(await peer.take("publish")).toMatchObject({ payload: Buffer.alloc(5_000) });
    // Header, topic and payload are written one by one.
    expect(peer.frames.at(-1)).toBeGreaterThan(5_000);
    const pieces = peer.bytes(publish("t", { payload: "in pieces" }));
    peer.socket.send(pieces.subarray(0, 3), { fin: false });
    peer.socket.send(pieces.subarray(3), { fin: true });
    expect(await peer.take("publish")).toMatchObject({ payload: Buffer.from("in pieces") });
  });

  it.each(["before", "after"])("end the connection with 1003 when they hold text, %s the CONNECT", async (when) => {
    const server = await openBroker();
    const peer =
      when === "before" ? await WebSocketPeer.open(server.ws) : (await WebSocketPeer.connect(server.ws)).peer;
    peer.socket.send("\u0010\u0000");
    expect(await peer.closed()).toBe(1003);
    await until("its end", () => server.broker.connections() === 0);
    if (when === "after")
      expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "protocol_error" }]);
  });

  it("end the connection with 1009 when they are longer than a packet may be", async () => {
    const server = await openBroker({ limits: { maxPacketBytes: 10_000 } });
    const { peer } = await WebSocketPeer.connect(server.ws);
    peer.socket.send(Buffer.alloc(10_001));
    expect(await peer.closed()).toBe(1009);
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ reason: "packet_too_large" }]);
  });

  it.each([true, false])("of a stranger are no longer than a CONNECT; in one piece: %s", async (fin) => {
    const server = await openBroker();
    const peer = await WebSocketPeer.open(server.ws);
    // Neither is whole: the broker must not wait for the rest.
    if (fin) peer.socket.send(Buffer.alloc(200_000), { fin: false });
    else for (let sent = 0; sent < 40; sent++) peer.socket.send(Buffer.alloc(1_000), { fin: false });
    expect(await peer.closed()).toBe(1009);
    expect(server.broker.counters()).toMatchObject({ "guard.packet_too_large": 1 });
  });

  it("of a device may be as long as a packet, also right behind the CONNECT", async () => {
    const server = await openBroker();
    const { peer } = await WebSocketPeer.connect(server.ws, { clientId: "reader" });
    peer.send(subscribe("t"));
    await peer.take("suback");
    const eager = await WebSocketPeer.open(server.ws);
    eager.send(connectPacket(5, { clientId: "eager" }));
    eager.send(publish("t", { payload: Buffer.alloc(60_000) }));
    await peer.take("publish");
    await eager.take("connack");
    eager.send(publish("t", { payload: Buffer.alloc(200_000) }));
    await peer.take("publish");
  });

  it("that are no WebSocket end the connection, and nothing else", async () => {
    const server = await openBroker();
    const { peer } = await WebSocketPeer.connect(server.ws, { clientId: "honest" });
    // Unmasked, reserved bits, unknown operation, a control frame in pieces.
    for (const bytes of ["8202c000", "f28000000000", "838000000000", "098000000000"]) {
      const answer = await talk(server.wsPort, upgrade("Sec-WebSocket-Protocol: mqtt"), Buffer.from(bytes, "hex"));
      expect(answer).toMatch(/^HTTP\/1.1 101 /);
      // A close frame with 1002.
      expect(answer.slice(-4)).toBe("\x88\x02\x03\xea");
    }
    await peer.settle();
  });

  it("with pings are answered, and do not replace a CONNECT", async () => {
    const server = await openBroker({ limits: { connectTimeoutMs: 500 } });
    const peer = await WebSocketPeer.open(server.ws);
    let pongs = 0;
    peer.socket.on("pong", () => pongs++);
    const pings = setInterval(() => peer.socket.readyState === 1 && peer.socket.ping(), 20);
    await peer.closed();
    clearInterval(pings);
    expect(pongs).toBeGreaterThan(0);
    expect(server.broker.counters()).toMatchObject({ "guard.connect_timeout": 1 });
  });
});

describe("peers that do not go on", () => {
  const whole = upgrade("Sec-WebSocket-Protocol: mqtt");
  it.each([
    ["nothing", ""],
    ["half a request line", "GET /mq"],
    ["half a header", whole.slice(0, 60)],
    ["a header but for its last byte", whole.slice(0, -1)],
  ])("are cut after the time for it: %s", async (_, bytes) => {
    const server = await openBroker({ limits: { connectTimeoutMs: 300 } });
    expect(await talk(server.wsPort, bytes)).toBe("");
    expect(await detailsOf(server)).toEqual(["connect_timeout: the handshake was not finished"]);
  });

  it("are cut also when they send a byte now and then", async () => {
    const server = await openBroker({ limits: { connectTimeoutMs: 500 } });
    const socket = connect({ port: server.wsPort, host: "127.0.0.1" });
    socket.on("error", () => {});
    let at = 0;
    const drip = setInterval(() => socket.write(whole.slice(at, ++at)), 20);
    await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(drip);
    expect(at).toBeLessThan(whole.length);
    expect(server.broker.counters()).toMatchObject({ "guard.connect_timeout": 1 });
  });

  it("are cut when no CONNECT follows the upgrade", async () => {
    const server = await openBroker({ limits: { connectTimeoutMs: 300 } });
    const peer = await WebSocketPeer.open(server.ws);
    expect(await peer.closed()).toBe(1000);
    expect(server.broker.counters()).toMatchObject({ "guard.connect_timeout": 1 });
  });

  it("count, in all listeners together, and count no longer when they are gone", async () => {
    const server = await openBroker({ limits: { maxConnections: 2 } });
    const open = async (port: number) => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.on("error", () => {});
      onTestFinished(() => {
        socket.destroy();
      });
      await new Promise((resolve) => socket.once("connect", resolve));
      return socket;
    };
    const [first] = [await open(server.wsPort), await open(server.port)];
    const third = await open(server.wsPort);
    await new Promise((resolve) => third.once("close", resolve));
    expect(server.broker.counters()).toMatchObject({ "guard.too_many_connections": 1 });
    first?.destroy();
    await until("its end", () => server.broker.counters()["guard.handshake_failed"] === 1);
    for (let round = 0; round < 5; round++) {
      const { peer, connack } = await WebSocketPeer.connect(server.ws);
      expect(codeOf(connack)).toBe(0);
      peer.socket.close();
      await peer.closed();
      await until("its end", () => server.broker.connections() === 0);
    }
    expect(server.broker.counters()).toMatchObject({ "guard.too_many_connections": 1 });
  });

  it("do not hold up the end of the broker", async () => {
    const server = await openBroker({ limits: { connectTimeoutMs: 60_000 } });
    const silent = talk(server.wsPort, "GET");
    const upgraded = await WebSocketPeer.open(server.ws);
    const { peer } = await WebSocketPeer.connect(server.ws);
    await server.broker.close();
    expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x8b });
    await Promise.all([silent, upgraded.closed(), peer.closed()]);
    expect(eventsOf(server, "guard")).toEqual([]);
  });
});

it("a peer that does not answer the close frame is waited for briefly", async () => {
  const server = await openBroker({ limits: { connectTimeoutMs: 60_000 } });
  const socket = connect({ port: server.wsPort, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on("error", () => {});
  socket.write(upgrade("Sec-WebSocket-Protocol: mqtt"));
  await new Promise((resolve) => socket.once("data", resolve));
  // ws itself would wait for half a minute, as long as this test may take.
  await server.broker.close();
});

describe("a client that does not read", () => {
  const big = publish("flood", { payload: Buffer.alloc(200_000) });
  const unlimited = { maxUnreadBytes: 2 ** 31 - 1, maxUnreadMessages: 2 ** 31 - 1, drainTimeoutMs: 2 ** 31 - 1 };

  it.each([
    ["after a while", { drainTimeoutMs: 300 }],
    ["when too many bytes wait for it", { maxUnreadBytes: 1_000_000 }],
    ["when too many messages wait for it", { maxUnreadMessages: 50 }],
  ])("is cut %s", async (_, limit) => {
    const server = await openBroker({ limits: { ...unlimited, ...limit } });
    const { peer: lazy } = await WebSocketPeer.connect(server.ws, { clientId: "lazy" });
    lazy.send(subscribe("flood"));
    await lazy.take("suback");
    lazy.socket.pause();
    const { peer: flood } = await WebSocketPeer.connect(server.ws, { clientId: "flood" });
    for (let sent = 0; sent < 150; sent++) flood.send(big);
    await flood.settle();
    expect(await untilEvents(server, "disconnected", 1)).toMatchObject([{ clientId: "lazy", reason: "too_slow" }]);
    expect(server.broker.counters()).toMatchObject({ "guard.too_slow": 1 });
  });

  it("is not read either", async () => {
    const server = await openBroker();
    const { peer } = await WebSocketPeer.connect(server.ws);
    peer.socket.pause();
    const ping = peer.bytes({ cmd: "pingreq" });
    const pings = Buffer.concat(Array.from({ length: 50_000 }, () => ping));
    for (let sent = 0; sent < 150; sent++) peer.socket.send(pings);
    // What the kernel and the broker do not take any more waits here.
    let waiting = -1;
    while (waiting !== peer.socket.bufferedAmount) {
      waiting = peer.socket.bufferedAmount;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(waiting).toBeGreaterThan(0);
    expect(server.broker.connections()).toBe(1);
    peer.socket.terminate();
    await until("its end", () => server.broker.connections() === 0);
  });
});

describe("a device on a WebSocket", () => {
  it("is kicked with a DISCONNECT and a close frame", async () => {
    const server = await openBroker();
    const { peer } = await WebSocketPeer.connect(server.ws);
    expect(server.broker.kickDevice("device", "revoked")).toBe(1);
    expect(await peer.take("disconnect")).toMatchObject({ reasonCode: 0x98 });
    expect(await peer.closed()).toBe(1000);
  });

  it("is taken over from another listener", async () => {
    const server = await openBroker();
    const { peer: first } = await WebSocketPeer.connect(server.ws);
    const { peer: second } = await WebSocketPeer.connect(server.ws);
    expect(await first.take("disconnect")).toMatchObject({ reasonCode: 0x8e });
    await second.settle();
    expect(server.broker.connections()).toBe(1);
  });

  it("leaves with a close frame, or without: the will is published", async () => {
    const server = await openBroker();
    const { peer: watcher } = await WebSocketPeer.connect(server.ws, { clientId: "watcher" });
    watcher.send(subscribe("gone"));
    await watcher.take("suback");
    for (const leave of ["close", "terminate"] as const) {
      const will = { topic: "gone", payload: Buffer.from(leave), qos: 0, retain: false } as const;
      const { peer } = await WebSocketPeer.connect(server.ws, { clientId: leave, will });
      peer.socket[leave]();
      expect(await watcher.take("publish")).toMatchObject({ payload: Buffer.from(leave) });
    }
    const ends = await untilEvents(server, "disconnected", 2);
    expect(ends.map(({ reason }) => reason)).toEqual(["connection_lost", "connection_lost"]);
  });
});
