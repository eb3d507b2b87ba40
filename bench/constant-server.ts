import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The server that does nothing: it reads no body, decides nothing, and answers every request with the same few bytes. */
const body = '{"result":"allow"}';
const headers = { "content-type": "application/json", "content-length": body.length };

const server = createServer((_request, response) => {
  response.writeHead(200, headers).end(body);
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on("disconnect", () => process.exit());
