import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, request, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryAudit, type MemoryAudit } from "../audit/testing/memory-audit.ts";
import { listenForOperations } from "./control-server.ts";

const start = 1_800_000_000_000;
let folder: string;
let server: Server;
let audit: MemoryAudit;
let errors: unknown[];
let now: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "connack-stream-"));
  errors = [];
  now = start;
  audit = createMemoryAudit(() => now, 100);
  server = await listenForOperations({
    path: path(),
    run: async () => ({}),
    audit,
    onError: (error) => errors.push(error),
    nowMs: () => now,
    heartbeatMs: 20,
  });
});
afterEach(async () => {
  server.closeAllConnections();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
  expect(errors).toEqual([]);
});

const path = () => join(folder, "connack.sock");
const refuse = (deviceId: string) =>
  audit.record({ type: "connect", result: "deny", reason: "device_disabled", deviceId });

function ask(question: string, method = "GET"): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path(), path: `/events${question}`, method, agent: false }, resolve);
    asked.on("error", reject);
    asked.end();
  });
}

/** Reads lines until there are so many that are not empty. */
async function lines(response: IncomingMessage, count: number): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  let rest = "";
  const chunks = response.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() as string;
    for (const part of parts) if (part !== "") found.push(JSON.parse(part));
    if (found.length >= count) break;
  }
  return found;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

const noReader = () => expect.poll(() => audit.subscriptions()).toBe(0);

describe("GET /events", () => {
  it("tells what happens, line by line, with an empty line now and then, until the reader goes", async () => {
    const response = await ask("");
    expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "application/x-ndjson"]);
    let text = "";
    response.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await expect.poll(() => text).toMatch(/^\n{3,}$/);
    refuse("sensor-1");
    await expect.poll(() => text).toMatch(/^\n+\{.*\}\n+$/);
    expect(JSON.parse(text)).toMatchObject({ deviceId: "sensor-1", lastAt: "2027-01-15T08:00:00.000Z", count: 1 });
    response.destroy();
    await noReader();
  });

  it("replays since a time, filtered by what is asked for", async () => {
    for (const id of ["a", "b", "a", "c"]) {
      now += 1000;
      refuse(id);
    }
    const since = new Date(start + 1500).toISOString();
    const all = await ask(`?since=${since}`);
    expect((await lines(all, 3)).map(({ deviceId, count }) => [deviceId, count])).toEqual([
      ["b", 1],
      ["a", 2],
      ["c", 1],
    ]);
    const some = await ask(`?since=${start}&deviceId=a&result=deny&type=connect&type=connack&reason=device_disabled`);
    refuse("b");
    now += 1;
    refuse("a");
    expect((await lines(some, 2)).map(({ deviceId, count }) => [deviceId, count])).toEqual([
      ["a", 2],
      ["a", 1],
    ]);
    all.destroy();
    some.destroy();
    await noReader();
  });

  it("refuses a question that is none, and says when the audit cannot be read", async () => {
    const codes = ["?type=conect", "?since=tomorrow", "?result=maybe", "?what=x", "?deviceId="].map(
      async (question) => {
        const response = await ask(question);
        return [response.statusCode, JSON.parse(await textOf(response)).code];
      },
    );
    for (const code of await Promise.all(codes)) expect(code).toEqual([422, "bad_input"]);
    audit.unavailable = true;
    const response = await ask("?since=0");
    expect([response.statusCode, JSON.parse(await textOf(response))]).toEqual([
      422,
      {
        code: "audit_unavailable",
        message: "the audit cannot be read: the audit is being opened",
        next: "decisions go on without it; connack status tells its state",
      },
    ]);
    expect((await ask("", "POST")).statusCode).toBe(404);
    expect(audit.subscriptions()).toBe(0);
  });

  it("breaks off where the audit fails in mid-replay: the reader asks again", async () => {
    for (let index = 0; index < 2500; index++) {
      now += 1;
      audit.record({ type: "connect", result: "allow", deviceId: `device-${index}` });
    }
    let queries = 0;
    audit.beforeQuery = () => {
      audit.unavailable = ++queries > 3;
    };
    const response = await ask(`?since=${start}`);
    await expect(lines(response, 5000)).rejects.toMatchObject({ code: "ECONNRESET" });
    await noReader();
  });

  it("a reader that does not read is not waited for, and learns how many it missed", async () => {
    const socket = connect(path());
    socket.pause();
    socket.write("GET /events HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(() => audit.subscriptions()).toBe(1);
    const detail = "x".repeat(900);
    const sent = 5000;
    for (let index = 0; index < sent; index++) {
      audit.record({ type: "service", reason: "test", detail });
      if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.resume();
    const told = () => {
      const events = text.match(/"id":\d+/g)?.length ?? 0;
      const missed = [...text.matchAll(/"missed":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      return { events, missed, all: events + missed };
    };
    await expect.poll(() => told().all, { timeout: 20_000 }).toBe(sent);
    expect(told().missed).toBeGreaterThan(sent / 2);
    socket.destroy();
    await noReader();
  });

  it("ends when the server is closed, which does not wait for it", async () => {
    const response = await ask("");
    const closed = new Promise((resolve) => server.close(resolve));
    expect(await lines(response, 1)).toEqual([]);
    await closed;
    expect(audit.subscriptions()).toBe(0);
  });
});
