import { join } from "node:path";
import { desiredState } from "../src/brokers/emqx/configure/desired-state.ts";
import { createManagementClient } from "../src/brokers/emqx/management/create-management-client.ts";
import type { Loan } from "../src/brokers/emqx/verify/loan.ts";
import { type VerifyParts, verifyEmqx } from "../src/brokers/emqx/verify/verify-emqx.ts";
import type { VerifyReport } from "../src/brokers/emqx/verify/verify-report.ts";
import { desiredInput } from "../src/commands/emqx-session.ts";
import { loadConfig } from "../src/config/load-config.ts";
import type { EventPage } from "../src/operations/audit-query.ts";
import { socketCaller } from "./call-socket.ts";
import { type StandIn, type StandInOptions, startStandIn } from "./emqx-stand-in/start-stand-in.ts";
import { type RunningConnack, removeFolder, startConnack, temporaryFolder } from "./run-connack.ts";

type Json = Record<string, unknown>;

/** A running Connack, and its environment. */
export interface Site {
  server: RunningConnack;
  env: Record<string, string>;
  call: ReturnType<typeof socketCaller>["call"];
  close(): Promise<void>;
}

/** A Connack whose broker is this EMQX. */
export async function startSite(
  emqx: Pick<StandIn, "apiUrl" | "apiKey" | "apiSecret">,
  more: Record<string, string> = {},
): Promise<Site> {
  const folder = temporaryFolder();
  const env = {
    CONNACK_BROKERS_EMQX_URL: emqx.apiUrl,
    CONNACK_BROKERS_EMQX_API_KEY: emqx.apiKey,
    CONNACK_BROKERS_EMQX_API_SECRET: emqx.apiSecret,
    ...more,
  };
  const server = await startConnack({ folder, env });
  const { call, close } = socketCaller(folder);
  return {
    server,
    env,
    call,
    async close() {
      close();
      await server.kill("SIGTERM");
      removeFolder(folder);
    },
  };
}

/** EMQX's API, as its administrator. */
export async function ask(emqx: StandIn, method: string, path: string, body?: unknown): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${emqx.apiKey}:${emqx.apiSecret}`).toString("base64")}`;
  const response = await fetch(`${emqx.apiUrl}/api/v5${path}`, {
    method,
    headers: { authorization, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** The same, as Connack asks it. */
export function apiOf({ apiUrl, apiKey, apiSecret }: StandIn) {
  return createManagementClient({ url: apiUrl, credentials: { apiKey, apiSecret }, timeoutMs: 10_000 });
}

export interface SetUpOptions {
  /** Where EMQX finds Connack, where that is not Connack itself. */
  connackUrl?: string;
  /** Settings of Connack that differ, as `CONNACK_…`. */
  env?: Record<string, string>;
}

/** Sets an EMQX up as Connack wants it, without Connack's own way of doing so. */
export async function setUp(
  emqx: StandIn,
  { server, env }: Site,
  { connackUrl, env: more }: SetUpOptions = {},
): Promise<void> {
  const dataFolder = join(server.folder, "connack-data");
  const url = connackUrl ?? `http://127.0.0.1:${server.httpPort}`;
  const { config } = loadConfig({
    env: { ...env, ...more, CONNACK_BROKERS_EMQX_CONNACK_URL: url },
    cwd: server.folder,
    overrides: {},
  });
  const wanted = desiredState({ ...desiredInput(config, dataFolder), asksPerTopic: false });
  for (const authenticator of wanted.authenticators) await ask(emqx, "POST", "/authentication", authenticator);
  await ask(emqx, "DELETE", "/authorization/sources/file");
  await ask(emqx, "PUT", "/authorization/settings", wanted.settings);
  await ask(emqx, "PUT", "/mqtt/auto_subscribe", wanted.autoSubscribe);
  for (const connector of wanted.connectors) await ask(emqx, "POST", "/connectors", connector);
  for (const action of wanted.actions) await ask(emqx, "POST", "/actions", action);
  for (const rule of wanted.rules) await ask(emqx, "POST", "/rules", rule);
  if (wanted.databaseRules.length === 0) return;
  await ask(emqx, "POST", "/authorization/sources", { type: "built_in_database", enable: true });
  await ask(emqx, "POST", "/authorization/sources/built_in_database/rules/all", { rules: wanted.databaseRules });
}

/** An EMQX of its own beside the site, set up right; `spoil` plants a hole. */
export async function startEmqx(
  site: Site,
  spoil: (emqx: StandIn) => Promise<unknown> = async () => {},
  options: SetUpOptions & { standIn?: StandInOptions } = {},
): Promise<StandIn> {
  const emqx = await startStandIn(options.standIn);
  await setUp(emqx, site, options);
  await spoil(emqx);
  return emqx;
}

/** Attacks its tcp listener, or those that are named. */
export function verify(
  emqx: StandIn,
  { call, env, server }: Site,
  more: Record<string, string> = {},
  chosen: Pick<VerifyParts, "client" | "listeners" | "only" | "nowMs"> = {},
): Promise<VerifyReport> {
  const { config } = loadConfig({ env: { ...env, ...more }, cwd: server.folder, overrides: {} });
  return verifyEmqx({
    settings: config.brokers.emqx,
    listeners: [`mqtt://127.0.0.1:${emqx.listeners.tcp}`],
    ...chosen,
    lend: (input) => call<Loan & Json>("verify.lend", input),
    giveBack: async (lease) => (await call<{ returned: number }>("verify.return", { lease })).returned,
    events: async (clientId, since) =>
      (await call<EventPage & Json>("audit.query", { clientId, since, limit: 50 })).events,
  });
}

/** What did not hold: `name (kind): seen`, each once. */
export function wrongs({ results }: VerifyReport): string[] {
  const wrong = results.filter(({ state }) => state === "let through" || state === "broken");
  return [
    ...new Set(wrong.map(({ attack, kind, state, seen }) => `${attack}${kind ? ` (${kind})` : ""}: ${state}: ${seen}`)),
  ];
}
