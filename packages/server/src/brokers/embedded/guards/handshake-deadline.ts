import type { Duplex } from "node:stream";

/**
 * aedes stops its clock when the CONNECT arrives; a hook of it that never calls back, or that answers "no" without an
 * error, leaves the socket open for ever. Destroys the socket unless the returned function was called in time.
 */
export function closeUnlessAnswered(socket: Duplex, withinMs: number, onLate: () => void): () => void {
  const timer = setTimeout(() => {
    onLate();
    socket.destroy();
  }, withinMs);
  timer.unref();
  const answered = () => clearTimeout(timer);
  socket.once("close", answered);
  return answered;
}
