import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Refusals } from "./refusals.ts";

/**
 * What Node could not make a request of: not HTTP, headers over 16 KiB, or not complete in time. A connection that was
 * opened and has sent nothing yet is none of these, though Node reports it once: EMQX opens its pool long before the
 * first login, and has to find it open.
 */
export function answerBrokenRequest(refusals: Refusals, error: NodeJS.ErrnoException, socket: Socket): void {
  const from = socket.remoteAddress ?? "?";
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    if (socket.bytesRead === 0) return;
    socket.destroy();
    refusals.tell("malformed_request", `from ${from}: a request was not complete in time; connection closed`);
    return;
  }
  if (!socket.writable) return void socket.destroy();
  const { status, contentType, body } = refusals.denyFor("");
  const head = `content-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n\r\n${body}`);
  const code = /^[A-Z_]{1,40}$/.exec(error.code ?? "")?.[0] ?? "unknown";
  refusals.tell("malformed_request", `from ${from}: not an HTTP request that can be read (${code})`);
}
