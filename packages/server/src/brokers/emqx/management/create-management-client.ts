import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { createDashboardLogin } from "./dashboard-login.ts";
import { type AnswerContext, explainAnswer, explainUnreadable } from "./explain-answer.ts";
import { explainConnectionError } from "./explain-connection-error.ts";
import type { Json, ManagementClient } from "./management-client.ts";
import { type Incoming, NoAnswer, sendRequest } from "./send-request.ts";

/** An API key, or a dashboard user who is logged in when the first call is made. */
export type ManagementCredentials = { apiKey: string; apiSecret: string } | { username: string; password: string };

export interface ManagementClientOptions {
  /** Of the dashboard, e.g. `http://127.0.0.1:18083`; a path before `/api/v5` is kept, as a proxy may want one. */
  url: string;
  credentials: ManagementCredentials;
  /** CAs in PEM form that the certificate is checked with, instead of those Node.js knows. */
  ca?: string;
  /** For one call with its whole answer, a login before it not counted. */
  timeoutMs: number;
  /** Longest answer that is taken, in bytes. */
  bodyLimit?: number;
}

/**
 * A client of EMQX's API over kept connections. What only reads is asked a second time when the connection broke; what
 * changes something is sent once, for it may have been done. A login that has run out is renewed once for each call.
 */
export function createManagementClient(options: ManagementClientOptions): ManagementClient {
  const { credentials, timeoutMs, bodyLimit = 32 * 1024 * 1024 } = options;
  const base = baseOf(options.url);
  const agent = createAgent(base, options.ca);
  const basic = "apiKey" in credentials ? basicOf(credentials) : undefined;
  const login = "username" in credentials ? createDashboardLogin(credentials, call) : undefined;

  /** One request and its answer, whatever its status. Throws `ManagementError` where there is none. */
  async function call(method: string, path: string, body?: Json, authorization?: string): Promise<Incoming> {
    const deadlineMs = Date.now() + timeoutMs;
    const headers: Record<string, string> = {
      accept: "application/json",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(authorization !== undefined && { authorization }),
    };
    const outgoing = {
      method,
      url: `${base}/api/v5${path}`,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      agent,
      deadlineMs,
      bodyLimit,
    };
    const changes = method !== "GET";
    try {
      return await sendRequest(outgoing).catch((reason: unknown) => {
        if (changes || !isWorthAnother(reason)) throw reason;
        return sendRequest(outgoing);
      });
    } catch (reason) {
      if (!(reason instanceof NoAnswer)) throw reason;
      throw explainConnectionError(reason, { endpoint: `${method} ${path}`, url: base, timeoutMs, changes });
    }
  }

  async function authorized(method: string, path: string, body?: Json): Promise<Incoming> {
    if (!path.startsWith("/")) throw new TypeError(`a path of EMQX's API begins with /: ${path}`);
    if (login === undefined) return call(method, path, body, basic);
    const token = await login.token(contextOf("POST /login"));
    const answer = await call(method, path, body, `Bearer ${token}`);
    if (!login.hasRunOut(answer)) return answer;
    return call(method, path, body, `Bearer ${await login.renew(token, contextOf("POST /login"))}`);
  }

  function contextOf(endpoint: string): AnswerContext {
    const as = "apiKey" in credentials ? { apiKey: credentials.apiKey } : { username: credentials.username };
    const secrets =
      "apiKey" in credentials
        ? [credentials.apiSecret, credentials.apiKey, basic?.slice("Basic ".length) ?? ""]
        : [credentials.password, ...(login?.known() ?? [])];
    return { endpoint, url: base, as, secrets };
  }

  async function succeed(method: string, path: string, body?: Json): Promise<Json | undefined> {
    const answer = await authorized(method, path, body);
    if (!isSuccess(answer)) throw explainAnswer(answer, contextOf(`${method} ${path}`));
    return read(answer, contextOf(`${method} ${path}`));
  }

  return {
    url: base,
    async get(path) {
      const answer = await authorized("GET", path);
      if (!isSuccess(answer)) throw explainAnswer(answer, contextOf(`GET ${path}`));
      const value = read(answer, contextOf(`GET ${path}`));
      if (value === undefined) throw explainUnreadable(answer, contextOf(`GET ${path}`));
      return value;
    },
    async find(path) {
      const answer = await authorized("GET", path);
      if (isAbsent(answer)) return undefined;
      if (!isSuccess(answer)) throw explainAnswer(answer, contextOf(`GET ${path}`));
      return read(answer, contextOf(`GET ${path}`));
    },
    post: (path, body) => succeed("POST", path, body),
    put: (path, body) => succeed("PUT", path, body),
    async delete(path) {
      const answer = await authorized("DELETE", path);
      if (isAbsent(answer)) return false;
      if (!isSuccess(answer)) throw explainAnswer(answer, contextOf(`DELETE ${path}`));
      // A page of something in between has deleted nothing.
      read(answer, contextOf(`DELETE ${path}`));
      return true;
    },
    async close() {
      await login?.end();
      agent.destroy();
    },
  };
}

/** A free connection is let go before EMQX closes it under a call that is sent once. */
const idleMs = 5000;

function createAgent(base: string, ca: string | undefined): Agent {
  const options = { keepAlive: true, maxSockets: 4, timeout: idleMs };
  return base.startsWith("https:") ? new TlsAgent({ ...options, ...(ca !== undefined && { ca }) }) : new Agent(options);
}

/** Without `/api/v5` and the slash at its end, as people also write it. */
function baseOf(text: string): string {
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname.replace(/\/+$/, "").replace(/\/api\/v5$/, "")}`;
}

function basicOf({ apiKey, apiSecret }: { apiKey: string; apiSecret: string }): string {
  return `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString("base64")}`;
}

function isWorthAnother(reason: unknown): boolean {
  return reason instanceof NoAnswer && (reason.kind === "connection" || reason.kind === "cut");
}

function isSuccess({ status }: Incoming): boolean {
  return status >= 200 && status < 300;
}

/** EMQX says so itself: a page with 404 is a path that it does not have, or not EMQX. */
function isAbsent({ status, body }: Incoming): boolean {
  return status === 404 && /^\s*\{/.test(body) && body.includes('"code"');
}

/** Whatever its type is said to be: `GET /status?format=json` is `applicatin/json` on 5.8.0 (recorded). */
function read(answer: Incoming, context: AnswerContext): Json | undefined {
  if (answer.body === "") return undefined;
  try {
    return JSON.parse(answer.body) as Json;
  } catch {
    throw explainUnreadable(answer, context);
  }
}
