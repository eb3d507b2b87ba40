import type { Server } from "node:http";
import type { Socket } from "node:net";
import { followCarriers } from "./carrier-sockets.ts";

export interface ConnectionSlotsOptions {
  maxConnections: number;
  nowMs(): number;
  /** Told at most once a minute that connections run out. */
  onProblem(sentence: string): void;
}

export interface ConnectionSlots {
  /** The connection asked something it may ask: from now on it is never closed to make room. */
  keep(socket: Socket): void;
  /** What an operator should know, for an hour after it happened. */
  warnings(): string[];
}

const tellEveryMs = 60_000;
const warnForMs = 3_600_000;

/**
 * Limits a server's connections, and keeps the last ones free for brokers: while fewer than a sixteenth (at least one)
 * are free, the oldest connection that never asked an authorised question is closed for each new one. Holds one entry per
 * connection.
 */
export function limitConnections(server: Server, options: ConnectionSlotsOptions): ConnectionSlots {
  const { maxConnections, nowMs } = options;
  server.maxConnections = maxConnections;
  const fullFrom = maxConnections - Math.max(1, Math.floor(maxConnections / 16));
  const open = new Set<Socket>();
  const strangers = new Set<Socket>();
  let turnedAway = 0;
  let closed = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;

  const carrierOf = followCarriers(server);

  server.on("connection", (socket: Socket) => {
    open.add(socket);
    strangers.add(socket);
    socket.once("close", () => forget(socket));
    if (open.size > fullFrom) makeRoom(socket);
  });
  server.on("drop", () => {
    turnedAway++;
    note();
  });

  function makeRoom(newcomer: Socket): void {
    const [oldest] = strangers;
    if (oldest === undefined || oldest === newcomer) return;
    // At once, not at "close": many connections may come before that event does.
    forget(oldest);
    oldest.destroy();
    closed++;
    note();
  }

  function forget(socket: Socket): void {
    open.delete(socket);
    strangers.delete(socket);
  }

  function note(): void {
    lastAt = nowMs();
    if (lastAt - toldAt < tellEveryMs) return;
    toldAt = lastAt;
    options.onProblem(sentence());
  }

  function sentence(): string {
    return (
      `connections of brokers run out (http.brokers.maxConnections: ${maxConnections}); since the start ` +
      `turned away: ${turnedAway}, closed because they had asked nothing: ${closed}`
    );
  }

  return {
    keep: (socket) => void strangers.delete(carrierOf(socket)),
    warnings: () => (nowMs() - lastAt < warnForMs ? [sentence()] : []),
  };
}
