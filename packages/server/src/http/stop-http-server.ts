import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { directConnectionOf } from "./direct/answer-directly.ts";

/**
 * How to stop a server without cutting answers short; to be made before it listens. Stopping accepts nobody any more,
 * lets answers under way finish, closes each connection that has none, and after `graceMs` whatever is left. Node's own
 * `close` would cut a connection whose answer still waits to be read. May be called again.
 */
export function stopsGracefully(server: Server, graceMs = 2000): () => Promise<void> {
  const sockets = new Set<Socket>();
  /** The latest response of each connection that has had a request: those before it are done first. */
  const latest = new Map<Socket, ServerResponse>();
  let stopping: Promise<void> | undefined;

  function follow(socket: Socket): void {
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      latest.delete(socket);
    });
  }
  const note = ({ socket }: IncomingMessage, response: ServerResponse) => void latest.set(socket, response);

  function closeWhenIdle(socket: Socket): void {
    const direct = directConnectionOf(socket);
    const response = latest.get(socket);
    if (direct !== undefined) direct.finish();
    else if (response === undefined || response.closed) socket.destroySoon();
    else response.once("close", () => closeWhenIdle(socket));
  }

  function stop(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      NetServer.prototype.close.call(server, () => {
        clearTimeout(timer);
        server.close(); // Node ends its timer here
        resolve();
      });
      // Of these no answer is under way; the sender sees that it has to ask what it sent behind them elsewhere.
      server.prependListener("request", (_message, response) => response.setHeader("connection", "close"));
      server.on(readyEvent, closeWhenIdle);
      for (const socket of sockets) if (isReady(socket)) closeWhenIdle(socket);
    });
  }

  // Below TLS there is another socket, which ends with the one above.
  const isTls = "setSecureContext" in server;
  const readyEvent = isTls ? "secureConnection" : "connection";
  const isReady = (socket: Socket) => !isTls || "encrypted" in socket;
  server.on("connection", follow);
  if (isTls) server.on("secureConnection", follow);
  server.prependListener("request", note);
  return () => {
    stopping ??= stop();
    return stopping;
  };
}
