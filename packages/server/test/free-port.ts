import type { AddressInfo } from "node:net";
import { createServer } from "node:net";

/** A port of the loopback interface that was free just now, for what has to know it before it listens there. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
