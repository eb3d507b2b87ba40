import { randomBytes } from "node:crypto";
import { ApiServer, type InterceptAnswer } from "./api/api-server.ts";
import { dashboardDefaults } from "./config-defaults.ts";
import type { JsonObject } from "./json.ts";
import { Listeners } from "./mqtt/listeners.ts";
import { fullSettings, randomText, rfc3339 } from "./node-state.ts";
import { StandInNode } from "./stand-in-node.ts";

export type { InterceptAnswer } from "./api/api-server.ts";

/** How a fresh node is set up. */
export interface StandInOptions {
  /** As POST /authentication takes them, in their order. */
  authenticators?: object[];
  /** Instead of the file source that allows all; as POST /authorization/sources takes them, in their order. */
  sources?: object[];
  /** `no_match`, `deny_action`, `cache`. */
  settings?: object;
  /** PEM texts; with them there are the listeners tls and wss. */
  tls?: { cert: string; key: string; ca?: string };
  apiPort?: number;
  tcpPort?: number;
  wsPort?: number;
  tlsPort?: number;
  wssPort?: number;
  /** How often resources are looked at (EMQX: 15 s); deliveries to sinks are tried again as often. */
  healthCheckMs?: number;
}

/** An EMQX 5.8.0 for tests: it answers as a real one was recorded to. */
export interface StandIn {
  /** e.g. http://127.0.0.1:18083 */
  apiUrl: string;
  apiKey: string;
  apiSecret: string;
  /** Of the dashboard user `admin`. */
  adminPassword: string;
  listeners: { tcp: number; ws: number; tls?: number; wss?: number };
  /** Every request of the API, without secrets; status 0: the socket was cut. */
  calls: { method: string; path: string; status: number }[];
  /** Called before each request of the API; may answer in its place. */
  intercept:
    | undefined
    | ((request: {
        method: string;
        path: string;
        body: unknown;
      }) => undefined | Promise<InterceptAnswer | undefined> | InterceptAnswer);
  /** Settles the health checks at once, as if 15 s had passed. */
  healthCheck(): Promise<void>;
  /** On the same ports: keeps what is configured, drops sessions; `fileAuthentication` is emqx.conf's list and wins. */
  restart(options?: { fileAuthentication?: object[] }): Promise<void>;
  close(): Promise<void>;
}

export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const adminPassword = randomText(18);
  const node = new StandInNode(options.healthCheckMs ?? 15_000, adminPassword);
  const key = addApiKey(node);
  await configure(node, options);
  const calls: StandIn["calls"] = [];
  const api = new ApiServer(node, {
    intercept: async (request) => await standIn.intercept?.(request),
    seen: (call) => calls.push(call),
  });
  const listeners = new Listeners(node, options);
  const ports = await listeners.open();
  let fileAuthentication: JsonObject[] | undefined;
  const standIn: StandIn = {
    apiUrl: "",
    apiKey: key.key,
    apiSecret: key.secret,
    adminPassword,
    listeners: ports,
    calls,
    intercept: undefined,
    healthCheck: () => node.healthCheck(),
    async restart(change = {}) {
      fileAuthentication = (change.fileAuthentication as JsonObject[] | undefined) ?? fileAuthentication;
      await api.close();
      await listeners.close();
      await node.restart(fileAuthentication);
      await listeners.open();
      await api.listen(apiPort);
    },
    async close() {
      await api.close();
      await listeners.close();
      node.close();
    },
  };
  const apiPort = await api.listen(options.apiPort ?? 0);
  node.state.dashboard = dashboardDefaults(apiPort);
  standIn.apiUrl = `http://127.0.0.1:${apiPort}`;
  return standIn;
}

function addApiKey(node: StandInNode): { key: string; secret: string } {
  const key = randomBytes(8).toString("hex");
  const secret = randomText(32);
  const createdAt = rfc3339(Math.floor(Date.now() / 1000));
  const about = { name: "stand_in", desc: "made for tests", enable: true, createdAt, expiresAt: "infinity" as const };
  node.state.apiKeys.push({ ...about, key, secret });
  return { key, secret };
}

async function configure(node: StandInNode, { authenticators, sources, settings }: StandInOptions): Promise<void> {
  for (const config of authenticators ?? []) mustBe(await node.chain.put(config as JsonObject));
  if (!sources) await node.addDefaultSource();
  for (const config of sources ?? []) mustBe(await node.sources.put(config as JsonObject, "last"));
  if (settings) node.state.settings = fullSettings(settings as JsonObject);
}

function mustBe(problem: string | undefined): void {
  if (problem !== undefined) throw new Error(problem);
}
