import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

export interface UpgradeRefusal {
  status: 400 | 403 | 404;
  /** For the peer: one line. */
  text: string;
  /** For the operator. */
  detail: string;
}

/** Answers an HTTP upgrade with a refusal and closes; Node has left the socket to us. */
export function refuseUpgrade(socket: Duplex, { status, text }: UpgradeRefusal): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    "Content-Type: text/plain",
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  socket.once("finish", () => socket.destroy());
  socket.end(`${lines.join("\r\n")}\r\n\r\n${text}`);
}
