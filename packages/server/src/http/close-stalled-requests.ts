import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

interface Progress {
  /** `socket.bytesRead` when the last complete request had been read: more than that means a request has begun. */
  bytesAtRest: number;
  /** When a begun request was first seen; 0 = none. */
  begunAt: number;
}

/**
 * Ends connections whose request does not get complete within `limitMs` of its first bytes. Connections that are
 * merely idle stay open: EMQX opens its pool long before the first login, and Node's own header time-out would send
 * it an unsolicited 408, which EMQX reads as *ignore*. Returns the function that a complete request is reported to.
 */
export function closeStalledRequests(server: Server, limitMs: number): (response: ServerResponse) => void {
  const connections = new Map<Socket, Progress>();
  server.on("connection", (socket) => {
    connections.set(socket, { bytesAtRest: 0, begunAt: 0 });
    socket.once("close", () => connections.delete(socket));
  });
  const timer = setInterval(() => sweep(Date.now()), Math.max(20, limitMs / 4));
  timer.unref();
  server.once("close", () => clearInterval(timer));

  function sweep(now: number): void {
    for (const [socket, progress] of connections) {
      if (socket.bytesRead <= progress.bytesAtRest) continue;
      if (progress.begunAt === 0) progress.begunAt = now;
      else if (now - progress.begunAt > limitMs) socket.destroy();
    }
  }

  return (response) => {
    const progress = response.socket ? connections.get(response.socket) : undefined;
    if (!progress || !response.socket) return;
    progress.bytesAtRest = response.socket.bytesRead;
    progress.begunAt = 0;
  };
}
