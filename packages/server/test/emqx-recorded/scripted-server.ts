import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** One request as it came over the wire. */
export interface SeenRequest {
  /** All its bytes. */
  raw: string;
  head: string;
  body: string;
  connection: number;
}

/** Bytes to send, `close` to end the connection, both, or nothing (it hangs). */
export type Script = (request: SeenRequest) => { send?: string; close?: boolean; delayMs?: number } | undefined;

/** An HTTP server that answers each request with given bytes, in order on each connection. */
export interface ScriptedServer {
  port: number;
  script: Script;
  seen: SeenRequest[];
  /** Connections opened so far. */
  opened(): number;
  /** Closes what is open: connections it has hung on would never be answered again. */
  drop(): void;
  stop(): Promise<void>;
}

export async function startScriptedServer(script: Script, port = 0): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const seen: SeenRequest[] = [];
  let opened = 0;
  const server = createServer((socket) => {
    opened += 1;
    const connection = opened;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let text = "";
    let queue = Promise.resolve();
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      for (let request = cut(text); request; request = cut(text)) {
        text = text.slice(request.length);
        const one = readRequest(request, connection);
        seen.push(one);
        const answer = running.script(one);
        queue = queue.then(() => act(socket, answer));
      }
    });
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const running: ScriptedServer = {
    port: (server.address() as AddressInfo).port,
    script,
    seen,
    opened: () => opened,
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      const closed = once(server, "close");
      server.close();
      running.drop();
      await closed;
    },
  };
  return running;
}

async function act(socket: Socket, answer: ReturnType<Script>): Promise<void> {
  if (!answer) return new Promise(() => {});
  if (answer.delayMs) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
  if (answer.send !== undefined) socket.write(Buffer.from(answer.send, "utf8"));
  if (answer.close) socket.end();
}

/** The first complete request of what has come. */
function cut(text: string): string | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length >= end + 4 + length ? text.slice(0, end + 4 + length) : undefined;
}

function readRequest(latin1: string, connection: number): SeenRequest {
  const raw = Buffer.from(latin1, "latin1").toString("utf8");
  const [head = "", body = ""] = raw.split("\r\n\r\n", 2);
  return { raw, head, body, connection };
}

/** An answer in full. */
export function http(
  status: number,
  body: string,
  headers: Record<string, string> = { "content-type": "application/json" },
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} X\r\n${lines.join("")}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
