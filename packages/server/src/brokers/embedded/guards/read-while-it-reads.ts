import type { Duplex } from "node:stream";
import type { Client } from "aedes";
import { clientInternalsOf } from "../aedes-internals.ts";

/**
 * aedes waits for a full socket, and for the packets it works on, before it goes on with a client; but the next chunk
 * that arrives makes it go on all the same. A client that sends PINGREQ without end and reads nothing fills our memory
 * with answers, and nothing holds back one that publishes faster than its messages can go out. Here nothing more is read
 * of a client until it has read what we have for it and what it sent before is done.
 */
export function readWhileItReads(client: Client, socket: Duplex): void {
  const inner = clientInternalsOf(client);
  const readNext = inner._nextBatch;
  let isFirst = true;
  // What is still worked on reads the next chunk itself when it is done.
  const mayRead = () => !socket.writableNeedDrain && !client.closed && (isFirst || inner._parsingBatch <= 0);
  socket.removeListener("readable", readNext);
  socket.on("readable", () => {
    if (mayRead()) readNext();
    isFirst = false;
  });
  socket.on("drain", () => {
    if (mayRead()) readNext();
  });
}
