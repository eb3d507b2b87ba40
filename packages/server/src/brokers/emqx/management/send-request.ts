import type { Agent, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";

export interface Outgoing {
  method: string;
  /** Absolute, with path and query. */
  url: string;
  headers: Record<string, string>;
  body?: string;
  agent: Agent;
  /** By `Date.now()`: the whole answer has to be there by then. */
  deadlineMs: number;
  /** Longest body that is taken, in bytes. */
  bodyLimit: number;
}

export interface Incoming {
  status: number;
  headers: IncomingHttpHeaders;
  /** The whole of it, as UTF-8. */
  body: string;
}

/** Why there is no answer that could be judged by its status. `cause` is what the system said, where it said something. */
export class NoAnswer extends Error {
  readonly kind: "timeout" | "connection" | "cut" | "too_long";
  constructor(kind: NoAnswer["kind"], cause?: unknown) {
    super(kind, { cause });
    this.kind = kind;
  }
}

/**
 * One HTTP request with its whole answer. Rejects with `NoAnswer`; no status does. Redirections are not followed.
 */
export function sendRequest(outgoing: Outgoing): Promise<Incoming> {
  const { method, url, headers, body, agent, deadlineMs, bodyLimit } = outgoing;
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? tlsRequest : plainRequest;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const request = send(url, { method, headers: { ...headers, ...length }, agent });
    const fail = (problem: NoAnswer) => {
      clearTimeout(timer);
      request.destroy();
      reject(problem);
    };
    const timer = setTimeout(() => fail(new NoAnswer("timeout")), Math.max(1, deadlineMs - Date.now()));
    request.on("error", (error) => fail(new NoAnswer("connection", error)));
    request.on("response", (response) => {
      readBody(response, bodyLimit).then((text) => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      }, fail);
    });
    request.end(body);
  });
}

/** Rejects with `NoAnswer` where it breaks off, or does not end within the limit. */
function readBody(response: IncomingMessage, limit: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) reject(new NoAnswer("too_long"));
      else chunks.push(chunk);
    });
    response.on("end", () => {
      if (response.complete) resolve(Buffer.concat(chunks).toString("utf8"));
      else reject(new NoAnswer("cut"));
    });
    response.on("error", (error) => reject(new NoAnswer("cut", error)));
  });
}
