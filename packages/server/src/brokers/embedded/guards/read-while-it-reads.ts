import type { Duplex } from "node:stream";
import type { Client } from "aedes";
import { clientInternalsOf } from "../aedes-internals.ts";

/**
 * aedes waits for a full socket before it goes on with a client, but the next chunk that arrives makes it go on all the
 * same: a client that sends PINGREQ without end and reads nothing fills our memory with answers. Here nothing more is
 * read of a client until it has read what we have for it.
 */
export function readWhileItReads(client: Client, socket: Duplex): void {
  const readNext = clientInternalsOf(client)._nextBatch;
  socket.removeListener("readable", readNext);
  socket.on("readable", () => {
    if (!socket.writableNeedDrain) readNext();
  });
  socket.on("drain", () => {
    if (!client.closed) readNext();
  });
}
