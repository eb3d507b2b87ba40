import type { Client } from "aedes";
import { clientInternalsOf } from "../aedes-internals.ts";
import { type InboundPacket, MalformedPacket } from "./inspect-packet.ts";

export interface Containment {
  /** Largest first packet in bytes; a longer one is refused before it is read. aedes has one limit for all packets. */
  maxConnectBytes: number;
  /** Looks at each packet before aedes does; may throw. */
  inspect(packet: InboundPacket): void;
  /** The client is to be ended: a packet was refused, or aedes failed on it. Called once. */
  fail(error: unknown): void;
}

/**
 * aedes works on packets inside the socket's and the parser's events, so whatever throws there ends the process. Here
 * it ends the one client instead, and nothing of it is parsed any more.
 */
export function containClient(client: Client, containment: Containment): void {
  const parser = clientInternalsOf(client)._parser;
  const parse = parser.parse.bind(parser);
  let failed = false;
  const contain = (action: () => void) => {
    if (failed) return;
    try {
      action();
    } catch (error) {
      failed = true;
      containment.fail(error);
    }
  };
  // Before aedes' own listener; what is thrown here keeps the packet from it.
  parser.prependListener("packet", (packet: InboundPacket) => containment.inspect(packet));
  parser.parse = (chunk) => {
    let rest = 0;
    contain(() => {
      rest = parse(chunk);
      const isFirst = !client.connecting && !client.connected && !client.closed;
      if (isFirst && parser.packet.length > containment.maxConnectBytes) throw new MalformedPacket("too large");
    });
    return rest;
  };
  // Packets that came right behind the CONNECT are worked on when it is accepted.
  const [workOffQueue] = client.listeners("connected");
  client.removeAllListeners("connected");
  client.once("connected", () => contain(() => workOffQueue?.call(client)));
}
