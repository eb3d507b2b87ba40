import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditEvent } from "../audit/audit-event.ts";
import { eventView } from "../audit/event-view.ts";
import type { StreamedEvent } from "./event-stream.ts";
import { followServer } from "./follow-server.ts";

let folder: string;
let server: Server | undefined;
let asked: URLSearchParams[];
let news: string[];
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-follow-"));
  asked = [];
  news = [];
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await close();
  rmSync(folder, { recursive: true, force: true });
});

async function close(): Promise<void> {
  server?.closeAllConnections();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
}

/** A server on the control socket that does this with each question. */
async function listen(answer: RequestListener): Promise<void> {
  server = createServer((request, response) => {
    asked.push(new URL(request.url ?? "", "http://socket").searchParams);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(join(folder, "connack.sock"), resolve));
}

/** After whatever time the test runs at. */
const later = Date.UTC(2100, 0);

const event = (deviceId: string, at: number, more: Partial<AuditEvent> = {}): StreamedEvent =>
  eventView({
    id: at,
    type: "connect",
    result: "deny",
    reason: "no_key",
    firstAt: at,
    lastAt: at,
    count: 1,
    deviceId,
    ...more,
  });
const lines = (...events: StreamedEvent[]) => events.map((each) => `${JSON.stringify(each)}\n`).join("");

const follow = (more: { since?: number; patienceMs?: number } = {}) =>
  followServer({
    folder,
    question: new URLSearchParams({ result: "deny" }),
    signal: stop.signal,
    onOpen: (again) => news.push(again ? "back" : "open"),
    onGone: () => news.push("gone"),
    pauseMs: 20,
    ...more,
  });

async function take(events: AsyncGenerator<StreamedEvent>, count: number): Promise<string[]> {
  const taken: string[] = [];
  for (let index = 0; index < count; index++) {
    const { value, done } = await events.next();
    if (done) return [...taken, "end"];
    taken.push("missed" in value ? `missed ${value.missed}` : `${value.deviceId} ${Date.parse(value.lastAt)}`);
  }
  return taken;
}

describe("followServer", () => {
  it("gives events, however they are cut into chunks, and ends when it is told to", async () => {
    const text = lines(event("ä", 1), { missed: 3 }, event("b", 2));
    const bytes = Buffer.from(`\n${text}\n`);
    await listen((_, response) => {
      response.writeHead(200);
      const cut = bytes.indexOf("ä") + 1; // within a character
      response.write(bytes.subarray(0, cut));
      setTimeout(() => response.write(bytes.subarray(cut)), 100); // as a chunk of its own
    });
    const events = follow({ since: 7 });
    expect(await take(events, 3)).toEqual(["ä 1", "missed 3", "b 2"]);
    expect(asked.map(String)).toEqual(["result=deny&since=7"]);
    const waiting = take(events, 1);
    stop.abort();
    expect([await waiting, news]).toEqual([["end"], ["open"]]);
  });

  it("goes on where it was when the server comes back, with nothing twice", async () => {
    await listen(({ url = "" }, response) => {
      response.writeHead(200).end(url.includes("since") ? "" : lines(event("a", later + 1), event("b", later + 2)));
    });
    const events = follow();
    expect(await take(events, 2)).toEqual([`a ${later + 1}`, `b ${later + 2}`]);
    const more = take(events, 2);
    await expect.poll(() => news).toContain("gone");
    await close();
    await listen((_, response) => {
      response.writeHead(200);
      // Of the last millisecond what was seen comes again, and what was not.
      response.write(
        lines(event("b", later + 2, { firstAt: later, count: 3 }), event("c", later + 2), event("d", later + 3)),
      );
    });
    expect(await more).toEqual([`c ${later + 2}`, `d ${later + 3}`]);
    expect(asked.at(-1)?.get("since")).toBe(String(later + 2));
    expect(news.slice(0, 2)).toEqual(["open", "gone"]);
    expect(news.at(-1)).toBe("back");
  });

  it("tells what happens twice in a millisecond twice, also after it was away", async () => {
    const twice = lines(event("a", later + 1), event("a", later + 1));
    await listen((_, response) => response.writeHead(200).end(twice));
    const events = follow();
    expect(await take(events, 2)).toEqual([`a ${later + 1}`, `a ${later + 1}`]);
    const more = take(events, 3);
    await expect.poll(() => news).toContain("gone");
    await close();
    await listen((_, response) => {
      response.writeHead(200);
      response.write(twice + lines(event("b", later + 2), event("b", later + 2), event("c", later + 3)));
    });
    expect(await more).toEqual([`b ${later + 2}`, `b ${later + 2}`, `c ${later + 3}`]);
  });

  it("where nothing was seen yet, goes on from when it began to listen", async () => {
    const before = Date.now();
    await listen((_, response) => response.writeHead(200).end("\n"));
    const waiting = take(follow(), 1);
    await expect.poll(() => asked.length).toBeGreaterThan(1);
    expect(asked[0]?.has("since")).toBe(false);
    expect(Number(asked[1]?.get("since"))).toBeGreaterThanOrEqual(before);
    stop.abort();
    expect(await waiting).toEqual(["end"]);
  });

  it("fails where no server ever ran, and where it stays away", async () => {
    await expect(take(follow(), 1)).rejects.toThrow(`no data folder at ${folder}`);
    writeFileSync(join(folder, "instance.json"), "");
    await expect(take(follow(), 1)).rejects.toMatchObject({ code: "not_running", next: "connack serve starts one" });
    await listen((_, response) => response.writeHead(200).end(lines(event("a", 1))));
    const events = follow({ patienceMs: 100 });
    expect(await take(events, 1)).toEqual(["a 1"]);
    const more = take(events, 1);
    const failing = expect(more).rejects.toMatchObject({
      code: "no_answer",
      message: /^the server went away and did not/,
    });
    await close();
    await failing;
  });

  it("tells the server's own refusal; one for an audit that is not open yet is none after it was there", async () => {
    const refuse =
      (code: string): RequestListener =>
      (_, response) =>
        response.writeHead(422).end(JSON.stringify({ code, message: "because", next: "do" }));
    await listen(refuse("audit_unavailable"));
    await expect(take(follow(), 1)).rejects.toMatchObject({
      code: "audit_unavailable",
      message: "because",
      next: "do",
    });
    await close();
    let answers = 0;
    await listen((request, response) => {
      answers++;
      if (answers === 2) refuse("audit_unavailable")(request, response);
      else response.writeHead(200).end(lines(event("a", answers)));
    });
    expect(await take(follow(), 2)).toEqual(["a 1", "a 3"]);
  });

  it("says that the answer of something else cannot be read", async () => {
    await listen((_, response) => response.writeHead(200).end("hello\n"));
    await expect(take(follow(), 1)).rejects.toMatchObject({ code: "bad_answer" });
  });
});
