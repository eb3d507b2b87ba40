import { once } from "node:events";
import { createServer as createPlain, type IncomingMessage } from "node:http";
import { createServer as createSecure, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

export interface CredentialServer {
  port: number;
  /** What was asked, in order. */
  asked: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[];
  close(): Promise<void>;
}

export interface Answer {
  status?: number;
  json: unknown;
  /** In pieces of one byte, in chunks, with a header that nobody waits for. */
  isChunked?: boolean;
}

/** A server that hands out credentials, on a free port; with TLS where it is given a certificate. */
export async function startCredentialServer(
  answer: (asked: CredentialServer["asked"][number], index: number) => Answer | Promise<Answer>,
  tls?: ServerOptions,
): Promise<CredentialServer> {
  const asked: CredentialServer["asked"] = [];
  const server = tls === undefined ? createPlain() : createSecure(tls);
  server.on("request", async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", url = "", headers } = request;
    asked.push({ method, url, headers, body });
    const { status = 200, json, isChunked } = await answer({ method, url, headers, body }, asked.length - 1);
    const bytes = Buffer.from(JSON.stringify(json));
    if (isChunked !== true) {
      response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length }).end(bytes);
      return;
    }
    response.writeHead(status, { "content-type": "application/json", "x-long": "v".repeat(300) });
    for (const byte of bytes) response.write(Buffer.from([byte]));
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
