import type { IncomingMessage } from "node:http";

/** Largest body that is read (16 KiB); what comes after is thrown away up to `drainLimit`. */
export const bodyLimit = 16 * 1024;
/** A body longer than this (1 MiB) is not waited for: the connection is closed after the answer. */
export const drainLimit = 1024 * 1024;

export type ReadBody = { ok: true; body: Buffer } | { ok: false; closeConnection: boolean };

/**
 * Reads a request's body. A body over the limit is drained, so that other logins on the same connection (EMQX
 * pipelines up to 100) are not torn down with it. Rejects only when the connection breaks.
 */
export function readBody(request: IncomingMessage): Promise<ReadBody> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isOver = false;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimit) chunks.push(chunk);
      else if (size > drainLimit) {
        request.removeAllListeners("data");
        isOver = true;
        resolve({ ok: false, closeConnection: true });
      }
    });
    request.on("end", () => {
      isOver = true;
      if (size > bodyLimit) resolve({ ok: false, closeConnection: false });
      else resolve({ ok: true, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) });
    });
    request.on("error", reject);
    request.on("close", () => {
      // It comes after every request; an error costs more to make than the rest of this function.
      if (!isOver) reject(new Error("connection closed before the request was complete"));
    });
  });
}
