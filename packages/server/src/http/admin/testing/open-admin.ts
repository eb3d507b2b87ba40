import { type IncomingHttpHeaders, request } from "node:http";
import { afterAll } from "vitest";
import { createMemoryAudit, type MemoryAudit } from "../../../audit/testing/memory-audit.ts";
import type { House } from "../../../open-house.ts";
import { type Role, roles } from "../../../operations/operation.ts";
import { openTestHouse, type TestHouseOptions, testNowMs } from "../../../operations/testing/open-test-house.ts";
import { openAdminServer } from "../open-admin-server.ts";

export interface Asking {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Of JSON and problems. */
  json: Record<string, unknown>;
}

export interface OpenAdmin {
  house: House;
  /** What the house keeps of events. */
  audit: MemoryAudit;
  url: string;
  /** A token of each role. */
  tokens: Record<Role, string>;
  run<T = Record<string, unknown>>(name: string, input: unknown): Promise<T>;
  /** A request as it is: any Host, any path. */
  ask(method: string, path: string, asking?: Asking): Promise<Answer>;
  kicked: string[];
  errors: unknown[];
  problems: string[];
  /** What the clock of the house says from now on. */
  setNow(ms: number): void;
  close(): Promise<void>;
}

const opened: OpenAdmin[] = [];
afterAll(async () => {
  for (const each of opened.splice(0)) await each.close();
});

/** The admin listener of a house of its own, on a free port. Closed when the tests of the file have ended. */
export async function openAdmin(options: TestHouseOptions & { heartbeatMs?: number } = {}): Promise<OpenAdmin> {
  const { overrides, heartbeatMs, ...more } = options;
  let now = testNowMs;
  const nowMs = () => now;
  const { house, run, kicked } = await openTestHouse({
    ...more,
    nowMs,
    overrides: { "http.admin.port": 0, ...overrides },
  });
  const audit = createMemoryAudit(nowMs);
  await house.audit.close();
  Object.assign(house, { audit });
  const errors: unknown[] = [];
  const problems: string[] = [];
  const server = await openAdminServer(house, {
    onError: (error) => errors.push(error),
    onProblem: (sentence) => problems.push(sentence),
    onNews: () => {},
    ...(heartbeatMs !== undefined && { heartbeatMs }),
  }).catch(async (error: unknown) => {
    await house.close();
    throw error;
  });
  const tokens = {} as Record<Role, string>;
  for (const role of roles) tokens[role] = (await run<{ token: string }>("token.add", { name: role, role })).token;
  let isOpen = true;
  const admin: OpenAdmin = {
    house,
    audit,
    url: server.url,
    tokens,
    run,
    ask: (method, path, asking) => ask(server.url, method, path, asking),
    kicked,
    errors,
    problems,
    setNow(ms) {
      now = ms;
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await server.close();
      await house.close();
    },
  };
  opened.push(admin);
  return admin;
}

/** Asks over a connection of its own. */
export function ask(url: string, method: string, path: string, { token, body, headers = {} }: Asking = {}) {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const all = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(text !== undefined && {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(text)),
    }),
    ...headers,
  };
  return new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, method, path, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const answer = Buffer.concat(chunks).toString("utf8");
        const isJson = /json/.test(response.headers["content-type"] ?? "") && answer !== "";
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: answer,
          json: isJson ? (JSON.parse(answer) as Record<string, unknown>) : {},
        });
      });
    });
    asked.on("error", reject);
    asked.end(text);
  });
}
