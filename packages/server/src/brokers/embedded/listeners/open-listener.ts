import { createServer, type Server, type Socket } from "node:net";
import type { EmbeddedBrokerLimits } from "../embedded-broker-limits.ts";
import type { Reporter } from "../reporter.ts";

/** What all listeners of one broker share. */
export interface ListenerParts {
  limits: EmbeddedBrokerLimits;
  reporter: Reporter;
  /** Open TCP connections of all listeners, whatever has become of them. */
  sockets: Set<Socket>;
}

export interface Address {
  host: string;
  port: number;
}

export interface OpenListener {
  address: Address;
  /** Accepts nobody any more; resolves when the last connection is gone. */
  close(): Promise<void>;
}

/**
 * Listens, and gives every connection within the limit to `receive`, which must not throw. Rejects with the system's own error, such as
 * `EADDRINUSE`.
 */
export async function openListener(
  address: Address,
  { limits, reporter, sockets }: ListenerParts,
  receive: (socket: Socket) => void,
): Promise<OpenListener> {
  let isClosing = false;
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) => {
    const isFull = sockets.size >= limits.maxConnections;
    if (isFull) reporter.trip("too_many_connections");
    if (isFull || isClosing) return socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    receive(socket);
  });
  await listen(server, address);
  // For example no file descriptors left when a client connects.
  server.on("error", (error) => reporter.trip("broker_error", undefined, error));
  return {
    address: addressOf(server),
    close: () => {
      isClosing = true;
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function addressOf(server: Server): Address {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return { host: address.address, port: address.port };
}
