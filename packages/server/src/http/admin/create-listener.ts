import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { ConfiguredTls } from "../../tls/configured-tls.ts";
import { listenerTlsOptions } from "../listener-tls.ts";
import { writeReply } from "../write-reply.ts";
import type { CheckCaller } from "./check-caller.ts";
import { type Problem, problemBody, problemType } from "./problem.ts";

export interface ListenerOptions {
  tls: ConfiguredTls | undefined;
  maxConnections: number;
  checkCaller: CheckCaller;
}

/** For every answer: nothing is kept, guessed at, framed or shown to pages of another origin. */
const answerHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** A request is read within 30 s, its head within 10; a connection on which nothing moves for two minutes is over. */
const times = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 30_000,
} as const;
const stillMs = 120_000;

/** The server below the routes: limits, headers of every answer, and callers that may not ask at all. */
export function createListener(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { tls, maxConnections, checkCaller }: ListenerOptions,
): Server {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(answerHeaders)) response.setHeader(name, value);
    const problem = checkCaller(request);
    if (problem) writeProblem(response, problem);
    else answer(request, response);
  };
  // Node would answer a missing Host with a bare 400.
  const options = { ...times, keepAlive: true, keepAliveInitialDelay: 60_000, requireHostHeader: false };
  const server = tls
    ? createTlsServer({ ...options, ...listenerTlsOptions(tls) }, onRequest)
    : createServer(options, onRequest);
  server.maxConnections = maxConnections;
  server.timeout = stillMs;
  server.on("checkExpectation", onRequest);
  return server;
}

/** Ends the connection too: the rest of the request is not read. */
function writeProblem(response: ServerResponse, problem: Problem): void {
  for (const [name, value] of Object.entries(problem.headers ?? {})) response.setHeader(name, value);
  writeReply(response, { status: problem.status, contentType: problemType, body: problemBody(problem) }, true);
}

const headTooLarge: Problem = {
  status: 431,
  code: "head_too_large",
  detail: "the head of the request is too large",
  fix: "send fewer or shorter headers: 16 KiB are the most",
};
const tooSlow: Problem = {
  status: 408,
  code: "too_slow",
  detail: "the request was not complete in time",
  fix: "send it again, in one go",
};
const unreadable: Problem = {
  status: 400,
  code: "bad_request",
  detail: "this is no HTTP request that can be read",
  fix: "send HTTP/1.1; https where http.admin.tls is on",
};

/** What Node could not make a request of. Whoever sent nothing, or spoke no HTTP at all, is not answered. */
export function answerBroken({ code = "" }: NodeJS.ErrnoException, socket: Socket): void {
  const isSlow = code === "ERR_HTTP_REQUEST_TIMEOUT";
  const isHttp = isSlow ? socket.bytesRead > 0 : code.startsWith("HPE_");
  if (!isHttp || !socket.writable || isAnswering(socket)) return void socket.destroy();
  const problem = isSlow ? tooSlow : code === "HPE_HEADER_OVERFLOW" ? headTooLarge : unreadable;
  const body = problemBody(problem);
  const headers = {
    ...answerHeaders,
    "content-type": problemType,
    "content-length": Buffer.byteLength(body),
    connection: "close",
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head.join("")}\r\n${body}`);
}

/** An answer is under way on the connection: a second one would stand in its middle. Node's own handler looks here too. */
function isAnswering(socket: Socket): boolean {
  const { _httpMessage: message } = socket as Socket & { _httpMessage?: ServerResponse | null };
  return message?.headersSent ?? false;
}
