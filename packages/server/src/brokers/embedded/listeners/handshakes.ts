import type { Socket } from "node:net";

interface Handshake {
  socket: Socket;
  peerHost: string;
  /** Its failure is known. */
  isTold: boolean;
  /** Stops the watch. */
  stop(): void;
}

export interface HandshakesOptions {
  /** Milliseconds from the TCP connection to the end of the last handshake. */
  withinMs: number;
  /** The time is over; the connection is destroyed. */
  onLate(peerHost: string): void;
  /** `detail`: for the operator. */
  onFailed(peerHost: string, detail: string): void;
}

/**
 * Connections that are in their TLS or WebSocket handshake, all of it under one deadline: a peer that sends a byte now
 * and then gains nothing. TLS makes a new socket object of the same connection; the peer's address and port tell which
 * it was.
 */
export class Handshakes {
  readonly #open = new Map<string, Handshake>();
  readonly #options: HandshakesOptions;

  constructor(options: HandshakesOptions) {
    this.#options = options;
  }

  begin(socket: Socket): void {
    const key = keyOf(socket);
    const peerHost = peerHostOf(socket);
    const timer = setTimeout(() => {
      if (!handshake.isTold) this.#options.onLate(peerHost);
      handshake.isTold = true;
      socket.destroy();
    }, this.#options.withinMs);
    timer.unref();
    const stop = () => {
      clearTimeout(timer);
      socket.off("close", left);
      this.#open.delete(key);
    };
    const left = () => {
      stop();
      this.#tell(handshake, "the client has left before the end of the handshake");
    };
    const handshake: Handshake = { socket, peerHost, isTold: false, stop };
    this.#open.set(key, handshake);
    socket.once("close", left);
  }

  /** The connection is through; its peer's host. `undefined` when it is gone. */
  end(socket: Socket): string | undefined {
    const handshake = this.#open.get(keyOf(socket));
    handshake?.stop();
    return handshake?.peerHost;
  }

  /** The handshake came to nothing. The deadline goes on: the peer may not have read our answer yet. */
  fail(socket: Socket, detail: string): void {
    const handshake = this.#open.get(keyOf(socket));
    if (handshake !== undefined) this.#tell(handshake, detail);
    else this.#tellOfReset(socket, detail);
  }

  /** A peer that has reset its connection has no address any more; but what is below a TLS socket ends with it. */
  #tellOfReset(socket: Socket, detail: string): void {
    const living = [...this.#open.values()].filter((handshake) => !handshake.socket.destroyed);
    socket.destroy();
    queueMicrotask(() => {
      const ended = living.find((handshake) => handshake.socket.destroyed);
      if (ended !== undefined) this.#tell(ended, detail);
    });
  }

  #tell(handshake: Handshake, detail: string): void {
    if (!handshake.isTold) this.#options.onFailed(handshake.peerHost, detail);
    handshake.isTold = true;
  }

  dropAll(): void {
    for (const handshake of this.#open.values()) {
      handshake.isTold = true;
      handshake.socket.destroy();
    }
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Textual IP address; empty when the peer is gone. An IPv4 address on a dual-stack listener comes as ::ffff:192.0.2.1. */
export function peerHostOf({ remoteAddress = "" }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/u, "");
}
