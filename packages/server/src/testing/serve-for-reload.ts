import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectRequest } from "@connack/credentials";
import { mintJwt, signXiaozhi } from "@connack/credentials";
import { pino } from "pino";
import { loadConfig } from "../config/load-config.ts";
import { runOperation } from "../operations/operations.ts";
import { type Service, serve } from "../serve.ts";

export type Overrides = Record<string, unknown>;

export const jwtSecret = randomBytes(32).toString("base64");
/** With an upper case letter, as xiaozhi wants it. */
export const hmacKey = `A${randomBytes(32).toString("hex")}`;

/** A service on free ports that can be given other settings; `atSeconds` is its clock, which stands still. */
export interface ReloadableService extends Service {
  folder: string;
  lines: Record<string, unknown>[];
  log: { debug(text: string): void };
  /** Other settings for whatever reads them next. */
  set(overrides: Overrides): void;
  reloadWith(overrides: Overrides): ReturnType<Service["reload"]>;
  run<T>(name: string, input: unknown): Promise<T>;
  decide(login: ConnectRequest): Promise<{ result: string; reason?: string; deviceId?: string; acl?: unknown }>;
  /** Over HTTP, to a listener by its name in `status`. */
  ask(listener: string, path: string, options?: AskOptions): Promise<{ status: number; body: string }>;
  file(name: string, content: string): string;
  end(): Promise<void>;
}

interface AskOptions {
  headers?: Record<string, string>;
  login?: ConnectRequest;
}

export async function serveForReload(first: Overrides = {}): Promise<ReloadableService> {
  const folder = mkdtempSync(join(tmpdir(), "connack-reload-"));
  let more = first;
  const read = () => loadConfig({ env: {}, cwd: folder, overrides: { ...baseOf(folder), ...more } });
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: "info" }, { write: (line) => void lines.push(JSON.parse(line)) });
  const service = await serve(read(), logger, read);
  const { house } = service;
  return {
    ...service,
    folder,
    lines,
    log: logger,
    set(overrides) {
      more = overrides;
    },
    reloadWith(overrides) {
      more = overrides;
      return service.reload();
    },
    run: <T>(name: string, input: unknown) => runOperation(house, name, input) as Promise<T>,
    decide: async (login) => await house.decideConnect(login),
    ask: (listener, path, options) => ask(`${house.listeners[listener]}${path}`, options),
    file(name, content) {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
    async end() {
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function baseOf(folder: string): Overrides {
  return {
    dataDir: join(folder, "data"),
    "http.brokers.port": 0,
    "http.admin.port": 0,
    "brokers.embedded.port": 0,
    "brokers.embedded.webSocket.enabled": false,
    "credentials.jwt.secret": jwtSecret,
    "credentials.xiaozhiHmac.key": hmacKey,
  };
}

function ask(url: string, { headers = {}, login }: AskOptions = {}): Promise<{ status: number; body: string }> {
  const body = login && JSON.stringify({ ...login, clientid: login.clientId, clientId: undefined });
  const method = login ? "POST" : "GET";
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: { "content-type": "application/json", ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

export interface TokenParts {
  claims?: Record<string, unknown>;
  secret?: string | Uint8Array;
  algorithm?: "HS256" | "HS384";
  clientId?: string;
}

/** A login by a token for that device, good for an hour from `atSeconds`. */
export async function tokenLogin(sub: string, atSeconds: number, parts: TokenParts = {}): Promise<ConnectRequest> {
  const { secret = jwtSecret, algorithm = "HS256", claims, clientId = sub } = parts;
  const key = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  const all = { sub, iat: atSeconds, exp: atSeconds + 3600, ...claims };
  return { clientId, username: sub, password: await mintJwt({ claims: all, algorithm, key }) };
}

/** A login as xiaozhi devices do it. */
export async function signedLogin(clientId: string, key = hmacKey, username = btoa("{}")): Promise<ConnectRequest> {
  return { clientId, username, password: await signXiaozhi(key, clientId, username) };
}
