import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { type HttpAnswer, HttpAnswerParser } from "./http-answer-parser.ts";

/** Where requests go. */
export interface HttpTarget {
  host: string;
  port: number;
  /** `undefined`: plain HTTP. */
  tls: ConnectionOptions | undefined;
  connectTimeoutMs: number;
  /** Requests that may be unanswered on one connection. */
  pipelining: number;
}

/** The connection ended before its answer was complete, could not be opened, or what came was no HTTP. */
export class ConnectionLost extends Error {}

interface Exchange {
  bytes: Buffer;
  sent: boolean;
  /** Nobody waits any more; its answer is still to be read, because answers have no names. */
  abandoned: boolean;
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

/** One of a pool's connections: opened at once, kept, and opened again when the next request needs it. */
export class HttpWorker {
  readonly #target: HttpTarget;
  #socket: Socket | undefined;
  #opening: Promise<void> | undefined;
  #exchanges: Exchange[] = [];
  #closed = false;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  /** Resolves once there is a connection. */
  open(): Promise<void> {
    if (this.#socket) return Promise.resolve();
    if (this.#closed) return Promise.reject(new ConnectionLost("closed"));
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Sends once. `cancel` drops a request that was not sent and forgets the answer of one that was. */
  send(bytes: Buffer): { answer: Promise<HttpAnswer>; cancel(): void } {
    let exchange: Exchange | undefined;
    const answer = new Promise<HttpAnswer>((resolve, reject) => {
      exchange = { bytes, sent: false, abandoned: false, resolve, reject };
      this.#exchanges.push(exchange);
    });
    this.open().then(
      () => this.#pump(),
      (error) => this.#fail(error),
    );
    return {
      answer,
      cancel: () => {
        if (exchange?.sent) exchange.abandoned = true;
        else this.#exchanges = this.#exchanges.filter((one) => one !== exchange);
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
    this.#fail(new ConnectionLost("closed"));
  }

  #pump(): void {
    const outstanding = this.#exchanges.filter((one) => one.sent).length;
    const room = Math.max(0, this.#target.pipelining - outstanding);
    for (const exchange of this.#exchanges.filter((one) => !one.sent).slice(0, room)) {
      exchange.sent = true;
      this.#socket?.write(exchange.bytes);
    }
  }

  #connect(): Promise<void> {
    const { host, port, tls, connectTimeoutMs } = this.#target;
    return new Promise((resolve, reject) => {
      const socket = tls ? connectTls({ host, port, ...tls }) : connectTcp({ host, port });
      const timer = setTimeout(() => socket.destroy(new Error("connect timeout")), connectTimeoutMs);
      socket.setNoDelay(true);
      socket.once(tls ? "secureConnect" : "connect", () => {
        clearTimeout(timer);
        if (this.#closed) return socket.destroy();
        this.#use(socket);
        resolve();
      });
      socket.once("error", (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        reject(new ConnectionLost(error.code === "ECONNREFUSED" ? "Connection refused" : error.message));
      });
      socket.once("close", () => reject(new ConnectionLost("closed")));
    });
  }

  #use(socket: Socket): void {
    const parser = new HttpAnswerParser();
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      try {
        for (const answer of parser.push(bytes)) this.#settle(answer, socket);
      } catch {
        socket.destroy();
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
      const last = parser.end();
      if (last) this.#exchanges.shift()?.resolve(last);
      this.#fail(new ConnectionLost("closed"), true);
    });
  }

  #settle(answer: HttpAnswer, socket: Socket): void {
    const exchange = this.#exchanges[0];
    if (!exchange?.sent) return;
    this.#exchanges.shift();
    exchange.resolve(answer);
    if (!answer.closes) {
      this.#pump();
      return;
    }
    if (this.#socket === socket) this.#socket = undefined;
    socket.end();
  }

  #fail(error: Error, sentOnly = false): void {
    const lost = this.#exchanges.filter((one) => one.sent || !sentOnly);
    this.#exchanges = this.#exchanges.filter((one) => !lost.includes(one));
    for (const exchange of lost) exchange.reject(error);
    if (this.#exchanges.length > 0)
      this.open().then(
        () => this.#pump(),
        (failure) => this.#fail(failure),
      );
  }
}
