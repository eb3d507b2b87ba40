import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { BrokerAdapter } from "../brokers/broker-adapter.ts";
import { emqxAdapter, emqxDeny } from "../brokers/emqx/adapter.ts";
import { type AuthnRouteParts, answerAuthn } from "./authn-route.ts";
import { type BrokerAccessOptions, createBrokerAccess } from "./broker-access.ts";
import { closeStalledRequests } from "./close-stalled-requests.ts";
import type { Readiness } from "./health-route.ts";
import { writeReply } from "./write-reply.ts";

export interface BrokerServerOptions extends AuthnRouteParts {
  access: BrokerAccessOptions;
  adapters: readonly BrokerAdapter[];
  /** What a refusal on the plain `/mqtt/auth` answers: 200 for EMQX 5, 401 for the contract of the older guide. */
  denyStatus: 200 | 401;
  maxConnections: number;
  readiness(): Readiness;
  onError(error: unknown): void;
  /** Time a request may take from its first byte to its last; default 10 s. */
  requestLimitMs?: number;
}

type Handler = (message: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * The listener for brokers: `/mqtt/auth`, `/brokers/<name>/authn`, `/healthz`, `/readyz`. Node's own time-outs are
 * off (see `closeStalledRequests`), keep-alive never ends from our side.
 */
export function createBrokerServer(options: BrokerServerOptions): Server {
  const server = createServer({ headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0 });
  server.maxConnections = options.maxConnections;
  server.maxRequestsPerSocket = 0;
  const requestComplete = closeStalledRequests(server, options.requestLimitMs ?? 10_000);
  const routes = createRoutes(options, requestComplete);
  server.on("request", (message, response) => {
    const path = (message.url ?? "").split("?", 1)[0] ?? "";
    const route = routes.get(path);
    const handler = route?.[message.method ?? ""];
    if (!handler) return answerUnknown(message, response, path, route && Object.keys(route).join(", "));
    Promise.resolve(handler(message, response)).catch((error: unknown) => {
      if (!message.destroyed || !response.destroyed) options.onError(error);
      if (response.headersSent) response.destroy();
      else writeReply(response, emqxDeny, true);
    });
  });
  server.on("clientError", (_error, socket: Socket) => answerBrokenRequest(socket));
  return server;
}

function createRoutes(options: BrokerServerOptions, requestComplete: (response: ServerResponse) => void) {
  const callerOf = createBrokerAccess(options.access);
  const authn = (adapter: BrokerAdapter, mayComeByAddress: boolean, denyStatus: number): Handler => {
    return async (message, response) => {
      const caller = callerOf(message);
      const trusted = caller === "proven broker" || mayComeByAddress ? caller : "stranger";
      const reply = await answerAuthn(options, adapter, trusted, message);
      requestComplete(response);
      const denied = denyStatus !== 200 && reply.body === emqxDeny.body;
      writeReply(response, denied ? { ...reply, status: denyStatus } : reply, reply.closeConnection);
    };
  };
  const routes = new Map<string, Record<string, Handler>>();
  routes.set("/mqtt/auth", {
    GET: (message, response) => {
      // EMQX set to `method: get` puts the login into the query. A password has no place in a URL: refused.
      if (message.url?.includes("?")) return writeReply(response, emqxDeny);
      replyText(message, response, statusText);
    },
    POST: authn(emqxAdapter, true, options.denyStatus),
    OPTIONS: (message, response) => answerPreflight(message, response),
  });
  for (const adapter of options.adapters) {
    routes.set(`/brokers/${adapter.name}/authn`, { POST: authn(adapter, false, 200) });
  }
  routes.set("/healthz", { GET: (message, response) => replyText(message, response, "ok\n") });
  routes.set("/readyz", {
    GET: (message, response) => {
      message.resume();
      const readiness = options.readiness();
      const body = `${JSON.stringify(readiness, null, 2)}\n`;
      writeReply(response, { status: readiness.ready ? 200 : 503, contentType: "application/json", body });
    },
  });
  return routes;
}

const statusText =
  "MQTT Auth: ready to answer\nPOST here: clientid (or client_id), username, password as JSON or form\n";

function replyText(message: IncomingMessage, response: ServerResponse, body: string): void {
  message.resume();
  writeReply(response, { status: 200, contentType: "text/plain; charset=utf-8", body });
}

/** A preflight is answered, never taken for a login, and allows no other origin. */
function answerPreflight(message: IncomingMessage, response: ServerResponse): void {
  message.resume();
  response.writeHead(204, { allow: "GET, POST, OPTIONS", "content-length": 0 }).end();
}

/** A login sent to a mistyped path is a denial: a 404 would mean "ask someone else" to EMQX. */
function answerUnknown(message: IncomingMessage, response: ServerResponse, path: string, allow?: string): void {
  message.resume();
  if (message.method === "POST" && /^\/(?:brokers|mqtt)\//.test(path)) {
    writeReply(response, emqxDeny);
    return;
  }
  if (allow !== undefined) response.setHeader("allow", allow);
  const [status, body] = allow === undefined ? [404, "no such path\n"] : [405, `allowed here: ${allow}\n`];
  writeReply(response, { status, contentType: "text/plain; charset=utf-8", body });
}

/** A request that is not HTTP, or with headers over 16 KiB. */
function answerBrokenRequest(socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const { body } = emqxDeny;
  const head = `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close`;
  socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`);
}
