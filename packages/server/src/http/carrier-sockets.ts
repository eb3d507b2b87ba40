import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Finds the TCP connection below a socket that a server with TLS gives to its requests, which is another object; a plain
 * socket is its own. They are told by their two ends, which no two open connections share. To be made before it listens.
 */
export function followCarriers(server: Server): (socket: Socket) => Socket {
  const carriers = new WeakMap<Socket, Socket>();
  const inHandshake = new Map<string, Socket>();
  if (!("setSecureContext" in server)) return (socket) => socket;
  server.on("connection", (socket: Socket) => {
    const ends = endsOf(socket);
    inHandshake.set(ends, socket);
    socket.once("close", () => {
      if (inHandshake.get(ends) === socket) inHandshake.delete(ends);
    });
  });
  server.on("secureConnection", (socket: Socket) => {
    const ends = endsOf(socket);
    const carrier = inHandshake.get(ends);
    inHandshake.delete(ends);
    if (carrier) carriers.set(socket, carrier);
  });
  return (socket) => carriers.get(socket) ?? socket;
}

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
