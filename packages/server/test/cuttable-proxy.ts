import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import mqttPacket from "mqtt-packet";

export interface CuttableProxy {
  port: number;
  /** Client ids of the CONNECTs that came through, in order. */
  clientIds: string[];
  /** How many clients said DISCONNECT. */
  goodbyes: number;
  /** Ends all connections as a network does that fails: nobody says goodbye. */
  cut(): void;
  close(): Promise<void>;
}

/** Between a device and its broker: it can fail, and sees who comes. */
export async function startCuttableProxy(brokerPort: number, protocolVersion: 4 | 5): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  // Half open: a device that has said goodbye sees the end when the broker has, as without a proxy.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const broker = connect({ port: brokerPort, host: "127.0.0.1", allowHalfOpen: true });
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => sockets.delete(socket));
    }
    const parser = mqttPacket.parser({ protocolVersion });
    parser.on("packet", (packet) => {
      if (packet.cmd === "connect") proxy.clientIds.push(packet.clientId);
      if (packet.cmd === "disconnect") proxy.goodbyes++;
    });
    client.on("data", (chunk) => parser.parse(chunk));
    client.pipe(broker).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: CuttableProxy = {
    port: (server.address() as AddressInfo).port,
    clientIds: [],
    goodbyes: 0,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      proxy.cut();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
