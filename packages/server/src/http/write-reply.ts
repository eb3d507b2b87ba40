import type { ServerResponse } from "node:http";
import type { CallbackReply } from "../brokers/broker-adapter.ts";

/** Sends a complete reply, and closes the connection after it where the rest of a request will not be read. */
export function writeReply(
  response: ServerResponse,
  reply: CallbackReply,
  closeConnection = false,
  status = reply.status,
): void {
  const headers: Record<string, string | number> = {
    "content-type": reply.contentType,
    "content-length": Buffer.byteLength(reply.body),
  };
  if (closeConnection) {
    headers.connection = "close";
    response.once("finish", () => response.socket?.destroySoon());
  }
  response.writeHead(status, headers).end(reply.body);
}
