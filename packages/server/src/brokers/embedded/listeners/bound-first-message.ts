import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** Frame headers of a message that comes in pieces, at most. */
const mostHeaderBytes = 1_024;

/**
 * ws keeps a message until it is whole, up to the largest packet there may be. Before its CONNECT a stranger shall make
 * us hold no more than a CONNECT may have. Calls `onTooLarge` for an unfinished message that is longer; the returned
 * function ends the watch.
 */
export function boundFirstMessage(
  webSocket: WebSocket,
  socket: Socket,
  maxBytes: number,
  onTooLarge: () => void,
): () => void {
  let unfinished = 0;
  let hasFinished = false;
  webSocket.on("message", () => {
    hasFinished = true;
  });
  // Behind ws' own listener, which has worked on the chunk by then.
  const count = (chunk: Buffer) => {
    unfinished = hasFinished ? 0 : unfinished + chunk.length;
    hasFinished = false;
    if (unfinished > maxBytes + mostHeaderBytes) onTooLarge();
  };
  socket.on("data", count);
  return () => socket.off("data", count);
}
