import type { Server } from "node:http";
import type { Socket } from "node:net";
import { DirectConnection, type DirectOptions } from "./direct-connection.ts";

export interface AnswerDirectlyOptions extends Omit<DirectOptions, "handOver"> {
  /** Milliseconds that a request may be incomplete before Node's server gets it, which ends it in its own time. */
  patienceMs: number;
}

const connections = new WeakMap<Socket, DirectConnection>();

/** The connection as far as it is answered directly; `undefined` where Node's server has it. */
export function directConnectionOf(socket: Socket): DirectConnection | undefined {
  const connection = connections.get(socket);
  return connection?.isOver ? undefined : connection;
}

/**
 * Puts itself before Node's HTTP server, which gets every connection that is more than plain logins one after the
 * other. To be called before the server listens. What Node's server does with connections – accepting, limits, TLS – stays
 * as it is: only who reads them changes.
 */
export function answerDirectly(server: Server, { patienceMs, ...options }: AnswerDirectlyOptions): void {
  const event = "setSecureContext" in server ? "secureConnection" : "connection";
  // Node's own is there since the server was made.
  const [nodeListener] = server.listeners(event) as ((socket: Socket) => void)[];
  if (nodeListener === undefined) throw new Error(`the server does not listen to "${event}"`);
  const open = new Set<DirectConnection>();
  const handOver = (socket: Socket) => void nodeListener.call(server, socket);

  server.off(event, nodeListener);
  server.on(event, (socket: Socket) => {
    const connection = new DirectConnection(socket, { ...options, handOver });
    connections.set(socket, connection);
    open.add(connection);
    socket.once("close", () => open.delete(connection));
  });

  const lookAfter = () => {
    const until = performance.now() - patienceMs;
    for (const connection of open) {
      const since = connection.incompleteSince;
      if (since !== undefined && since <= until) connection.handOver();
      if (connection.isOver) open.delete(connection);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  server.on("listening", () => {
    timer = setInterval(lookAfter, patienceMs).unref();
  });
  server.on("close", () => clearInterval(timer));
}
