import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { AllowDecision, ConnectRequest, Decision, TopicQuestion } from "@connack/credentials";
import { brokerAdapters } from "../../brokers/broker-adapters.ts";
import type { TopicDenial } from "../authz-route.ts";
import { type BrokerServerOptions, createBrokerServer } from "../broker-server.ts";
import type { ToldByBroker } from "../events-route.ts";
import type { Readiness } from "../health-route.ts";

export const token = randomBytes(32).toString("base64url");
export const allow: AllowDecision = {
  result: "allow",
  deviceId: "d1",
  scheme: "jwt",
  acl: [{ permission: "deny", action: "all", topic: "#" }],
  clientAttrs: { device: "d1" },
};
const servers: Server[] = [];
const sockets: Socket[] = [];

export interface Asked {
  port: number;
  server: Server;
  requests: ConnectRequest[];
  /** Reasons of refusals, and errors. */
  reasons: string[];
  details: string[];
  /** What was asked about topics, and those denials. */
  questions: TopicQuestion[];
  denials: TopicDenial[];
  /** What brokers told. */
  told: ToldByBroker[];
  problems: string[];
}

/** A server on a free port of this machine that decides as told. */
export async function start(
  decision: Decision | ((request: ConnectRequest) => Promise<Decision>),
  options: Partial<BrokerServerOptions> = {},
): Promise<Asked> {
  const asked = { requests: [], reasons: [], details: [], questions: [], denials: [], told: [], problems: [] } as Omit<
    Asked,
    "port" | "server"
  >;
  const server = createBrokerServer({
    decideConnect: async (request) => {
      asked.requests.push(request);
      return typeof decision === "function" ? decision(request) : decision;
    },
    onDecision: ({ decision: made }) => {
      if (made.result === "allow") return;
      asked.reasons.push(made.reason);
      asked.details.push(made.detail);
    },
    decideTopic: async (question) => {
      asked.questions.push(question);
      return { result: "deny", deviceId: question.deviceId, reason: "publish_denied", detail: "" };
    },
    onTopicDenied: (denial) => void asked.denials.push(denial),
    onBrokerEvents: (told) => void asked.told.push(told),
    onError: (error) => void asked.reasons.push(String(error)),
    onProblem: (sentence) => void asked.problems.push(sentence),
    nowMs: () => 1_760_775_881_000,
    adapters: brokerAdapters,
    access: { token, allowFrom: [], allowedHosts: [], trustedProxies: [] },
    denyStatus: 200,
    maxConnections: 64,
    readiness: (): Readiness => ({ ready: true, registry: { state: "ready", since: 0, detail: "" }, warnings: [] }),
    ...options,
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { ...asked, server, port: (server.address() as AddressInfo).port };
}

/** For `afterEach`. */
export function stopAll(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
}

/** A connection to the server that is destroyed at the end; its errors are not told. */
export function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    sockets.push(socket);
    socket.on("error", reject);
  });
}

/** Sends bytes as they are and gives back what came until `answers` responses are there, or the connection ended. */
export async function raw(port: number, bytes: string | Buffer, answers = 1): Promise<string> {
  const socket = await open(port);
  return ask(socket, bytes, answers);
}

/** The same on a connection that is open. */
export function ask(socket: Socket, bytes: string | Buffer, answers = 1): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (text.split("HTTP/1.1 ").length > answers && /\r\n\r\n.*$/s.test(text)) setTimeout(() => resolve(text), 30);
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
    socket.write(bytes);
  });
}

/** As EMQX 5.8.0 writes it: lower-case names, content-length and host first (recorded). */
export function emqxRequest(body: string, path = "/mqtt/auth", headers = ""): string {
  const length = Buffer.byteLength(body);
  return `POST ${path} HTTP/1.1\r\ncontent-length: ${length}\r\nhost: 127.0.0.1:19101\r\ncontent-type: application/json\r\n${headers}\r\n${body}`;
}

export const recorded = '{"username":"u&1","peerhost":"127.0.0.1","password":"p w=1","clientid":"cid x"}';
