import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface ScriptedRequest {
  method: string;
  /** Below `/api/v5`. */
  path: string;
  authorization: string | undefined;
  body: string;
}

export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** A text as it is, anything else as JSON. */
  body?: unknown;
  /** Says that the body is longer than it is, and closes the connection. */
  cut?: true;
  /** Closes the connection without an answer. */
  gone?: true;
  delayMs?: number;
}

export interface ScriptedEmqx {
  url: string;
  requests: ScriptedRequest[];
  /** How many connections were made to it. */
  connections(): number;
}

type Script = (request: ScriptedRequest, count: number) => ScriptedAnswer;

/** A server that answers as it is told; closed at the end of the test. */
export async function scriptedEmqx(script: Script, tls?: { certificate: string; key: string }): Promise<ScriptedEmqx> {
  const requests: ScriptedRequest[] = [];
  const answer: RequestListener = (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "", url = "", headers } = incoming;
      const path = url.replace(/^\/api\/v5/, "");
      const body = Buffer.concat(chunks).toString("utf8");
      const request = { method, path, authorization: headers.authorization, body };
      requests.push(request);
      const scripted = script(request, requests.length);
      if (scripted.delayMs === undefined) send(response, scripted);
      else setTimeout(send, scripted.delayMs, response, scripted).unref();
    });
  };
  const server: Server = tls ? createTlsServer({ cert: tls.certificate, key: tls.key }, answer) : createServer(answer);
  let connections = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls ? "https" : "http"}://127.0.0.1:${port}`, requests, connections: () => connections };
}

function send(response: ServerResponse, answer: ScriptedAnswer): void {
  const { status = 200, headers = {}, body, cut, gone } = answer;
  if (gone) {
    response.socket?.destroy();
    return;
  }
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" || body === undefined ? {} : { "content-type": "application/json" };
  const length = cut ? { "content-length": String(Buffer.byteLength(text) + 10) } : {};
  response.writeHead(status, { ...type, ...length, ...headers });
  if (!cut) {
    response.end(text);
    return;
  }
  response.write(text, () => response.socket?.destroy());
}
