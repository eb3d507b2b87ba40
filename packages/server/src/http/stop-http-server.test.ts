import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { ca, material } from "../brokers/embedded/testing/lab-certificates.ts";
import { secureContextOptions } from "../tls/tls-material.ts";
import { listen } from "./listen.ts";
import { stopsGracefully } from "./stop-http-server.ts";

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.closeAllConnections();
});

interface Peer {
  socket: Socket;
  /** Everything that came; resolves when the connection is over. */
  all: Promise<string>;
}

/** A connection that nobody reads from until `read` is asked for. */
async function open(port: number, isTls: boolean): Promise<Peer> {
  const options = { port, host: "127.0.0.1", ca: ca.certificate };
  const socket = isTls ? connectTls(options) : connect(options);
  sockets.push(socket);
  await once(socket, isTls ? "secureConnect" : "connect");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  socket.on("error", () => {});
  return { socket, all: once(socket, "close").then(() => text) };
}

const request = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;
const answers = (text: string) => [...text.matchAll(/\r\n\r\n(\/[a-z]+\d?)/g)].map(([, path]) => path);

describe.each([
  ["HTTP", false],
  ["HTTPS", true],
])("stopping a server for %s", (_name, isTls) => {
  /** Answers each path with itself, in time; `/slow<n>` when it is let go. */
  async function start(graceMs?: number) {
    const held = new Map<string, () => void>();
    const arrived: string[] = [];
    const waiting: (() => void)[] = [];
    const answer: RequestListener = ({ url = "" }, response) => {
      const reply = () => void response.end(url);
      arrived.push(url);
      if (url.startsWith("/slow")) held.set(url, reply);
      else reply();
      for (const look of waiting) look();
    };
    const server = isTls ? createTlsServer(secureContextOptions(material), answer) : createServer(answer);
    servers.push(server);
    const stop = stopsGracefully(server, graceMs);
    const port = await listen(server, { host: "127.0.0.1", port: 0 });
    const came = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => void (arrived.length >= count && resolve());
        waiting.push(look);
        look();
      });
    return { port, stop, came, letGo: (path: string) => held.get(path)?.(), open: () => open(port, isTls) };
  }

  it("lets answers under way finish, also those of requests that came behind them, and closes then", async () => {
    const server = await start();
    const peer = await server.open();
    peer.socket.write(request("/slow1") + request("/slow2") + request("/fast"));
    await server.came(3);
    const stopped = server.stop();
    expect(server.stop()).toBe(stopped);
    server.letGo("/slow2");
    server.letGo("/slow1");
    await stopped;
    expect(answers(await peer.all)).toEqual(["/slow1", "/slow2", "/fast"]);
  });

  it("closes who has nothing under way at once, and accepts nobody any more", async () => {
    const server = await start();
    const [fresh, used, busy] = [await server.open(), await server.open(), await server.open()];
    used.socket.write(request("/fast"));
    busy.socket.write(request("/slow"));
    await server.came(2);
    const stopped = server.stop();
    expect(await fresh.all).toBe("");
    expect(answers(await used.all)).toEqual(["/fast"]);
    await expect(open(server.port, isTls)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    server.letGo("/slow");
    await stopped;
    expect(answers(await busy.all)).toEqual(["/slow"]);
  });

  it("tells who goes on asking that the connection ends", async () => {
    const server = await start();
    const peer = await server.open();
    peer.socket.write(request("/slow"));
    await server.came(1);
    const stopped = server.stop();
    peer.socket.write(request("/more"));
    await server.came(2);
    server.letGo("/slow");
    await stopped;
    const text = await peer.all;
    expect(answers(text)).toEqual(["/slow", "/more"]);
    expect(text.match(/connection: close/gi)).toHaveLength(1);
  });

  it("does not wait longer than the grace for what hangs: a handler, a body, a handshake", async () => {
    const server = await start(50);
    const [hung, half] = [await server.open(), await server.open()];
    hung.socket.write(request("/slow"));
    half.socket.write(`POST /fast HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n12345`);
    await server.came(2);
    const silent = await open(server.port, false);
    await server.stop();
    expect(answers(await hung.all)).toEqual([]);
    await half.all;
    expect(await silent.all).toBe("");
  });
});

it("an answer that waits for its reader is not cut before the grace is over", async () => {
  const large = "x".repeat(8 * 1024 * 1024);
  const server = createServer((_message, response) => void response.end(large));
  servers.push(server);
  const stop = stopsGracefully(server);
  const port = await listen(server, { host: "127.0.0.1", port: 0 });
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  await once(socket, "connect");
  socket.pause();
  socket.write(request("/"));
  await once(server, "request");
  const stopped = stop();
  let bytes = 0;
  socket.on("data", (chunk) => {
    bytes += chunk.length;
  });
  socket.resume();
  await stopped;
  if (!socket.closed) await once(socket, "close");
  expect(bytes).toBeGreaterThan(large.length);
});
