import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import mqttPacket, { type Packet } from "mqtt-packet";

type Version = 4 | 5;

/** One connection of a client: what it sent, and whether it is still there. */
export interface Peer {
  socket: Socket;
  packets: Packet[];
  isOpen: boolean;
  send(packet: Packet): void;
}

export interface PacketBroker {
  url: string;
  peers: Peer[];
  close(): Promise<void>;
}

/** A broker on the loopback that speaks real packets, and answers each as `answer` says; `undefined` answers nothing. */
export async function startPacketBroker(
  version: Version,
  answer: (packet: Packet, peer: Peer) => Packet | undefined = kindAnswer(version),
): Promise<PacketBroker> {
  const peers: Peer[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    const peer: Peer = {
      socket,
      packets: [],
      isOpen: true,
      send: (packet) => void socket.write(mqttPacket.generate(packet, { protocolVersion: version })),
    };
    peers.push(peer);
    const parser = mqttPacket.parser({ protocolVersion: version });
    parser.on("packet", (packet) => {
      peer.packets.push(packet);
      const reply = answer(packet, peer);
      if (reply) peer.send(reply);
      if (packet.cmd === "disconnect") socket.end();
    });
    socket.on("data", (chunk) => parser.parse(chunk));
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      peer.isOpen = false;
      open.delete(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    peers,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Accepts, acknowledges and grants everything. */
export function kindAnswer(version: Version): (packet: Packet) => Packet | undefined {
  return (packet) => {
    switch (packet.cmd) {
      case "connect":
        return version === 5
          ? { cmd: "connack", reasonCode: 0, sessionPresent: true }
          : { cmd: "connack", returnCode: 0, sessionPresent: true };
      case "publish":
        return packet.qos === 1 ? { cmd: "puback", messageId: packet.messageId as number, reasonCode: 0 } : undefined;
      case "subscribe":
        return {
          cmd: "suback",
          messageId: packet.messageId as number,
          granted: packet.subscriptions.map(({ qos }) => qos),
        };
      case "unsubscribe":
        return { cmd: "unsuback", messageId: packet.messageId as number, granted: [0] };
      case "pingreq":
        return { cmd: "pingresp" };
      default:
        return undefined;
    }
  };
}
