import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { until } from "../testing/open-test-broker.ts";
import { WebSocketStream } from "./web-socket-stream.ts";

/** Both ends of a WebSocket: a stream here, ws there. */
async function openPair(): Promise<{ stream: WebSocketStream; peer: WebSocket; socket: Socket }> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const connected = once(server, "connection");
  const peer = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  peer.on("error", () => {});
  const [accepted, request] = (await connected) as [WebSocket, { socket: Socket }];
  onTestFinished(() => {
    peer.terminate();
    server.close();
    http.close();
  });
  await until("the upgrade", () => peer.readyState === WebSocket.OPEN);
  return { stream: new WebSocketStream(accepted), peer, socket: request.socket };
}

it("counts as unwritten what the peer does not take", async () => {
  const { stream, peer } = await openPair();
  peer.pause();
  const chunk = Buffer.alloc(1_000_000);
  for (let sent = 0; sent < 50; sent++) stream.write(chunk);
  expect(stream.writableNeedDrain).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(stream.writableLength).toBeGreaterThan(1_000_000);
  expect(stream.writableNeedDrain).toBe(true);
  let received = 0;
  peer.on("message", (data: Buffer) => {
    received += data.length;
  });
  const drained = once(stream, "drain");
  peer.resume();
  await drained;
  expect(stream.writableLength).toBe(0);
  await until("everything", () => received === 50_000_000);
});

it("reads no more than it is read", async () => {
  const { stream, peer, socket } = await openPair();
  for (let sent = 0; sent < 50; sent++) peer.send(Buffer.alloc(1_000_000));
  await until("the pause", () => socket.isPaused());
  expect(stream.readableLength).toBeLessThan(3_000_000);
  let received = 0;
  stream.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  await until("everything", () => received === 50_000_000);
});

it("puts what is written in one turn into one frame", async () => {
  const { stream, peer } = await openPair();
  const frames: string[] = [];
  peer.on("message", (data: Buffer, isBinary) => frames.push(`${data} ${isBinary}`));
  stream.cork();
  for (const text of ["a", "b", "c"]) stream.write(text);
  stream.uncork();
  await until("a frame", () => frames.length > 0);
  expect(frames).toEqual(["abc true"]);
});

it("ends when the peer closes, with what was sent before", async () => {
  const { stream, peer } = await openPair();
  let received = "";
  stream.on("data", (chunk: Buffer) => {
    received += chunk.toString();
  });
  const closed = once(stream, "close");
  peer.send(Buffer.from("last"));
  peer.close();
  await closed;
  expect(received).toBe("last");
});

it("gives an error with a code for what is written behind the peer's close", async () => {
  const { stream, peer } = await openPair();
  const failed = once(stream, "error");
  stream.pause();
  peer.close();
  await once(peer, "close");
  stream.write("late");
  expect((await failed)[0]).toMatchObject({ code: "EPIPE" });
});

it("closes at once, and the peer is told", async () => {
  const { stream, peer } = await openPair();
  const told = once(peer, "close");
  stream.destroy();
  await once(stream, "close");
  expect((await told)[0]).toBe(1000);
});

it("does not wait for a peer that does not read", async () => {
  const { stream, peer, socket } = await openPair();
  peer.pause();
  for (let sent = 0; sent < 50; sent++) stream.write(Buffer.alloc(1_000_000));
  stream.on("error", () => {});
  stream.destroy();
  expect(socket.destroyed).toBe(true);
});
