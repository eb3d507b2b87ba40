import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface ScriptedBan {
  as: string;
  who: string;
  by: string;
  until: string;
}

/** The part of EMQX's API that live work uses, answering as 5.8.0 was recorded to. */
export interface ScriptedEmqx {
  url: string;
  /** Client ids that are connected. */
  clients: Set<string>;
  /** `client_attrs` by client id. */
  attributes: Map<string, object>;
  /** What it said it is, by client id. */
  usernames: Map<string, string>;
  bans: ScriptedBan[];
  /** Topics by client id. */
  subscriptions: Map<string, string[]>;
  /** Every call, as `DELETE /clients/a%2Fb`. */
  calls: string[];
  /** Answers instead, where it gives a status. */
  fault: ((call: string) => number | undefined) | undefined;
  uptimeMs: number;
  /** Nobody answers any more: connections are refused. */
  stop(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
}

export async function startScriptedEmqx(): Promise<ScriptedEmqx> {
  const sockets = new Set<Socket>();
  let port = 0;
  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      const call = `${request.method} ${request.url?.replace("/api/v5", "")}`;
      emqx.calls.push(call);
      const status = emqx.fault?.(call);
      if (status !== undefined) reply(response, status, { code: "SCRIPTED", message: "as the test wants it" });
      else reply(response, ...answer(emqx, call, body));
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const emqx: ScriptedEmqx = {
    url: "",
    clients: new Set(),
    attributes: new Map(),
    usernames: new Map(),
    bans: [],
    subscriptions: new Map(),
    calls: [],
    fault: undefined,
    uptimeMs: 1000,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    start: () =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, "127.0.0.1", () => {
          port = (server.address() as AddressInfo).port;
          resolve();
        });
      }),
  };
  await emqx.start();
  emqx.url = `http://127.0.0.1:${port}`;
  onTestFinished(() => emqx.stop());
  return emqx;
}

type Answer = [status: number, body?: unknown];

const absent: Answer = [404, { code: "CLIENTID_NOT_FOUND", message: "Client ID not found" }];

function answer(emqx: ScriptedEmqx, call: string, body: unknown): Answer {
  const [method = "", target = ""] = call.split(" ");
  const { pathname, searchParams } = new URL(target, "http://emqx");
  // As EMQX: a dot is a folder, before anything is decoded.
  const parts = pathname.split("/").slice(1).map(decodeURIComponent);
  const [root, name = "", more] = parts;
  if (root === "nodes") {
    emqx.uptimeMs += 1;
    const node = { node: "emqx@n1", version: "5.8.0", edition: "Opensource", node_status: "running" };
    return [200, [{ ...node, uptime: emqx.uptimeMs }]];
  }
  if (root === "banned") return answerBans(emqx, method, parts, searchParams, body as ScriptedBan);
  if (target === "/clients/kickout/bulk") {
    for (const each of body as string[]) emqx.clients.delete(each);
    return [204];
  }
  if (method === "GET") {
    const [wanted, username] = [searchParams.get("clientid"), searchParams.get("username")];
    const found = [...emqx.clients].filter(
      (clientid) =>
        (wanted === null || clientid === wanted) && (username === null || emqx.usernames.get(clientid) === username),
    );
    const rows = found.map((clientid) => ({ clientid, client_attrs: emqx.attributes.get(clientid) ?? {} }));
    return [200, { data: rows, meta: { page: 1 } }];
  }
  if (method === "DELETE") return emqx.clients.delete(name) ? [204] : absent;
  if (more !== "subscribe" || !emqx.clients.has(name)) return absent;
  const { topic } = body as { topic: string };
  emqx.subscriptions.set(name, [...(emqx.subscriptions.get(name) ?? []), topic]);
  return [200, { clientid: name, topic, qos: 0 }];
}

function answerBans(
  emqx: ScriptedEmqx,
  method: string,
  [, as, who]: string[],
  query: URLSearchParams,
  body: ScriptedBan,
): Answer {
  if (method === "GET") {
    const [page, limit] = [Number(query.get("page")), Number(query.get("limit"))];
    return [200, { data: emqx.bans.slice((page - 1) * limit, page * limit), meta: { page, limit } }];
  }
  if (method === "DELETE") {
    const left = emqx.bans.filter((ban) => ban.as !== as || ban.who !== who);
    const isGone = left.length < emqx.bans.length;
    emqx.bans = left;
    return isGone ? [204] : [404, { code: "NOT_FOUND", message: `${as}: ${who} not found` }];
  }
  if (Number.isNaN(Date.parse(body.until))) return [400, { code: "BAD_REQUEST", message: "until" }];
  const isThere = emqx.bans.some((ban) => ban.as === body.as && ban.who === body.who);
  if (isThere) return [400, { code: "ALREADY_EXISTS", message: "{}" }];
  emqx.bans.push(body);
  if (body.as === "clientid") emqx.clients.delete(body.who);
  return [200, body];
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? undefined : JSON.parse(text);
}

function reply(response: ServerResponse, status: number, body?: unknown): void {
  const text = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, text === "" ? {} : { "content-type": "application/json" });
  response.end(text);
}
