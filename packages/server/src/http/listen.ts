import type { AddressInfo, Server } from "node:net";

/** Opens the door; answers the port. Rejects with the system's error, such as `EADDRINUSE`. */
export function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Brokers come back all at once.
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
