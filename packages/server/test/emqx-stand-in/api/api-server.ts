import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { StandInNode } from "../stand-in-node.ts";
import { admitCaller } from "./admit-caller.ts";
import { type ApiAnswer, badRequest, empty, failure, internalError, unknownPath } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";
import { findRoute } from "./find-route.ts";
import { nodeStatus } from "./node-info.ts";

/** What a test wants to happen instead of, or before, the usual answer. */
export type InterceptAnswer =
  | { status: number; contentType?: string; body?: string }
  | { cut: true; after?: string }
  | { delayMs: number };

export interface ApiObserver {
  intercept(request: { method: string; path: string; body: unknown }): Promise<InterceptAnswer | undefined>;
  seen(call: { method: string; path: string; status: number }): void;
}

/** The dashboard listener: EMQX's HTTP API. */
export class ApiServer {
  readonly #node: StandInNode;
  readonly #observer: ApiObserver;
  #server: Server | undefined;

  constructor(node: StandInNode, observer: ApiObserver) {
    this.#node = node;
    this.#observer = observer;
  }

  async listen(port: number): Promise<number> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const target = request.url ?? "/";
    const path = target.split("?")[0] ?? "/";
    response.on("error", () => {});
    const text = await readText(request);
    const wanted = await this.#observer.intercept({ method, path, body: parsed(text) ?? (text || undefined) });
    if (wanted && "cut" in wanted) {
      this.#observer.seen({ method, path, status: 0 });
      request.socket.end(wanted.after ?? "");
      request.socket.destroySoon();
      return;
    }
    if (wanted && "delayMs" in wanted) await new Promise((resolve) => setTimeout(resolve, wanted.delayMs));
    const answer = wanted && "status" in wanted ? fromTest(wanted) : await this.#answer(method, target, text, request);
    this.#observer.seen({ method, path, status: answer.status });
    write(response, answer, method);
  }

  async #answer(method: string, target: string, text: string, request: IncomingMessage): Promise<ApiAnswer> {
    const query = new URLSearchParams(target.split("?")[1] ?? "");
    const rawPath = (target.split(/[?#]/)[0] ?? "").replace(/\/$/, "");
    if (rawPath === "/status") return nodeStatus(this.#node, { query });
    if (rawPath === "") return empty(404);
    const found = findRoute(rawPath);
    if (found === "bad encoding") return empty(400);
    if (!found) return unknownPath;
    if (method === "PATCH") return empty(500);
    const { route, params } = found;
    const handler = route.methods[method];
    if (!handler) return { status: 405, headers: { allow: Object.keys(route.methods).join(", ") } };
    const headers = request.headers as Record<string, string | undefined>;
    const admitted = route.open ? undefined : admitCaller(this.#node, route, headers["authorization"]);
    if (admitted && "status" in admitted) return admitted;
    const body = readBody(route, text, headers["content-type"]);
    if (!body.ok) return body.answer;
    const call: ApiCall = {
      method,
      params,
      query,
      body: body.value,
      headers,
      ...(admitted ? { caller: admitted } : {}),
    };
    try {
      return await handler(this.#node, call);
    } catch (error) {
      return internalError(`error, ${error instanceof Error ? error.stack : error}`);
    }
  }
}

function readBody(
  route: Route,
  text: string,
  type: string | undefined,
): { ok: true; value: unknown } | { ok: false; answer: ApiAnswer } {
  if (text === "") return { ok: true, value: undefined };
  if (!type?.startsWith("application/json")) {
    if (route.anyBody) return { ok: true, value: text };
    const message = "content-type:application/json Required";
    return { ok: false, answer: failure(415, "UNSUPPORTED_MEDIA_TYPE", message) };
  }
  const value = parsed(text);
  return value === undefined ? { ok: false, answer: badRequest("Invalid json message received") } : { ok: true, value };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function fromTest({ status, contentType, body }: { status: number; contentType?: string; body?: string }): ApiAnswer {
  if (body === undefined) return { status };
  return { status, text: body, contentType: contentType ?? "application/json" };
}

function write(response: ServerResponse, answer: ApiAnswer, method: string): void {
  const text = answer.text ?? (answer.body === undefined ? "" : JSON.stringify(answer.body));
  const type = answer.contentType ?? (answer.body === undefined ? undefined : "application/json");
  const length = answer.status === 204 ? {} : { "content-length": String(Buffer.byteLength(text)) };
  response.writeHead(answer.status, {
    ...length,
    ...(type ? { "content-type": type } : {}),
    server: "Cowboy",
    ...answer.headers,
  });
  response.end(method === "HEAD" ? undefined : text);
}
