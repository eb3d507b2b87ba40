import { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";

/** Close codes of RFC 6455 §7.4.1. */
const normal = 1000;
const unsupportedData = 1003;
const messageTooBig = 1009;

/**
 * The bytes of a WebSocket as a stream. Packets need not begin or end with a frame [MQTT-6.0.0-2]; what is written in
 * one turn goes out as one frame. A chunk counts as written when the socket below has taken it, so that
 * `writableLength`, `writableNeedDrain` and "drain" tell of the peer, and nothing is read while nobody reads the stream.
 * Text ends the connection, with 1003 [MQTT-6.0.0-1].
 */
export class WebSocketStream extends Duplex {
  readonly #webSocket: WebSocket;
  #closeCode = normal;

  constructor(webSocket: WebSocket) {
    super({ allowHalfOpen: false });
    this.#webSocket = webSocket;
    webSocket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    webSocket.on("error", (error) => this.destroy(failureOf(error)));
    webSocket.on("close", () => {
      if (!this.destroyed) this.push(null);
    });
  }

  /** Ends the connection as one that has sent more than it may. */
  refuseTooLarge(): void {
    this.#closeCode = messageTooBig;
    this.destroy(new Error(tooLarge));
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.destroyed) return;
    if (!isBinary) {
      this.#closeCode = unsupportedData;
      this.destroy(new Error("text in a WebSocket frame"));
    } else if (!this.push(data)) this.#webSocket.pause();
  }

  override _read(): void {
    if (this.#webSocket.isPaused) this.#webSocket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  #send(data: Buffer, done: (error?: Error | null) => void): void {
    // An error without a code is that the peer has begun to close.
    this.#webSocket.send(data, { binary: true }, (error) => done(error && Object.assign(error, { code: "EPIPE" })));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // A peer that has left so much unread would not read the close frame either.
    if (this.writableLength >= this.writableHighWaterMark) this.#webSocket.terminate();
    else this.#webSocket.close(this.#closeCode);
    done(error);
  }
}

/** What aedes says of a packet. */
const tooLarge = "packet too large";

/** ws has answered with the close code already. */
function failureOf(error: Error & { code?: unknown }): Error {
  const code = typeof error.code === "string" ? error.code : "";
  if (!code.startsWith("WS_ERR_")) return error;
  const isTooLarge = code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
  return new Error(isTooLarge ? tooLarge : `WebSocket: ${code}`);
}
