import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import type { NewAuditEvent } from "../../audit/audit-event.ts";
import { type OpenAdmin, openAdmin } from "./testing/open-admin.ts";

const path = "/api/v1/events/stream";

/** Has a sign of life often. */
let admin: OpenAdmin;
beforeAll(async () => {
  admin = await openAdmin({ heartbeatMs: 20 });
});

interface Received {
  id?: string;
  event?: string;
  data?: Record<string, unknown>;
  comment?: true;
}

/** A reader of the stream; what comes is kept until it is taken. */
async function read(query = "", options: { from?: OpenAdmin; token?: string; lastId?: string } = {}) {
  const { from = admin, token = from.tokens.viewer, lastId = "" } = options;
  const stop = new AbortController();
  const response = await fetch(`${from.url}/api/v1/events/stream${query}`, {
    headers: { authorization: `Bearer ${token}`, ...(lastId && { "last-event-id": lastId }) },
    signal: stop.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  /** The next one that is none of these; `undefined` at the end. */
  const next = async (skip: "comments" | "nothing" = "comments"): Promise<Received | undefined> => {
    for (;;) {
      const end = rest.indexOf("\n\n");
      if (end < 0) {
        const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) return undefined;
        rest += value;
        continue;
      }
      const text = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (text.startsWith("retry:") || (text.startsWith(":") && skip === "comments")) continue;
      if (text.startsWith(":")) return { comment: true };
      const fields = Object.fromEntries(text.split("\n").map((line) => line.split(/: (.*)/).slice(0, 2)));
      return { ...fields, data: JSON.parse(fields.data) };
    }
  };
  return { response, next, leave: () => stop.abort() };
}

const letIn = (deviceId: string): NewAuditEvent => ({ type: "connect", result: "allow", deviceId, broker: "emqx" });
const refuse = (deviceId: string): NewAuditEvent => ({
  type: "connect",
  result: "deny",
  reason: "device_disabled",
  deviceId,
  broker: "emqx",
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("the stream", () => {
  it("gives what happens, with the reason in words and the fix, by its filter", async () => {
    const stream = await read("?result=deny&types=connect");
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    expect(stream.response.headers.get("cache-control")).toBe("no-store");
    admin.audit.record(letIn("a"));
    admin.audit.record(refuse("b\n\ndata: x"));
    const received = await stream.next();
    expect(received?.id).toMatch(/^\d+-\d+$/);
    expect(received?.event).toBeUndefined();
    expect(received?.data).toMatchObject({
      type: "connect",
      deviceId: "b\n\ndata: x",
      reason: "device_disabled",
      reasonText: expect.any(String),
      fix: expect.any(String),
      lastAt: new Date(admin.house.nowMs()).toISOString(),
    });
    stream.leave();
    await until(() => admin.audit.subscriptions() === 0);
    expect(admin.errors).toEqual([]);
  });

  it("begins with what was since a time", async () => {
    const start = admin.house.nowMs() + 10_000;
    for (const [index, id] of ["a", "b", "c"].entries()) {
      admin.setNow(start + index * 1000);
      admin.audit.record(letIn(id));
    }
    const stream = await read(`?types=connect&since=${new Date(start + 1000).toISOString()}`);
    admin.setNow(start + 5000);
    admin.audit.record(letIn("d"));
    for (const id of ["b", "c", "d"]) expect((await stream.next())?.data).toMatchObject({ deviceId: id });
    stream.leave();
  });

  it("goes on where it broke, without a gap and without what the reader has", async () => {
    const start = admin.house.nowMs() + 10_000;
    admin.setNow(start);
    const first = await read("?types=connect");
    admin.audit.record(letIn("a"));
    admin.audit.record(letIn("b"));
    const a = await first.next();
    const b = await first.next();
    expect([a?.data?.deviceId, b?.data?.deviceId]).toEqual(["a", "b"]);
    first.leave();
    // In the same millisecond, and later.
    admin.audit.record(letIn("c"));
    admin.setNow(start + 1);
    admin.audit.record(letIn("d"));
    const again = await read("?types=connect", { lastId: String(b?.id) });
    const seen = [await again.next(), await again.next(), await again.next()].map((each) => each?.data?.deviceId);
    // `a` was in that millisecond too: rather twice than not at all.
    expect(seen).toEqual(["a", "c", "d"]);
    again.leave();
  });

  it("shows that it lives when nothing happens", async () => {
    const stream = await read();
    for (let count = 0; count < 3; count++) expect(await stream.next("nothing")).toEqual({ comment: true });
    stream.leave();
  });

  it.each([
    ["a filter that is none", "?colour=red", ""],
    ["a type that is none", "?types=nothing", ""],
    ["a time that is none", "?since=tomorrow", ""],
    ["an id that is none", "", "seven"],
  ])("is refused for %s", async (_, query, lastId) => {
    const headers = { "last-event-id": lastId };
    const { status, json } = await admin.ask("GET", `${path}${query}`, { token: admin.tokens.viewer, headers });
    expect([status, json.code]).toEqual([400, "bad_input"]);
  });

  it("is refused where the past cannot be read", async () => {
    admin.audit.unavailable = true;
    const { status, json } = await admin.ask("GET", `${path}?since=0`, { token: admin.tokens.viewer });
    admin.audit.unavailable = false;
    expect([status, json.code]).toEqual([503, "audit_unavailable"]);
    expect(admin.audit.subscriptions()).toBe(0);
  });
});

describe("it ends", () => {
  it("at once when its token is removed, and only then", async () => {
    const { token } = await admin.run<{ token: string }>("token.add", { name: "gone", role: "viewer" });
    const stream = await read("?types=connect", { token });
    const other = await read("?types=connect");
    await admin.run("token.remove", { name: "gone" });
    expect(await stream.next()).toMatchObject({ event: "end", data: { why: "the access token was removed" } });
    expect(await stream.next()).toBeUndefined();
    admin.audit.record(letIn("after"));
    expect((await other.next())?.data).toMatchObject({ deviceId: "after" });
    other.leave();
  });

  it("when its token expires", async () => {
    const { token } = await admin.run<{ token: string }>("token.add", { name: "t", role: "viewer", expiresIn: 60 });
    const stream = await read("?types=service", { token });
    admin.setNow(admin.house.nowMs() + 60_000);
    expect(await stream.next()).toMatchObject({ event: "end", data: { why: "the access token has expired" } });
    expect(await stream.next()).toBeUndefined();
  });

  it("when the service stops, and does not keep it from stopping", async () => {
    const own = await openAdmin();
    const stream = await read("", { from: own });
    await own.close();
    expect(await stream.next()).toMatchObject({ event: "end", data: { why: "the service stops" } });
    expect(await stream.next()).toBeUndefined();
  });

  it("and leaves nothing behind when its reader goes, also while the past is read", async () => {
    admin.audit.record(letIn("a"));
    let go = () => {};
    const { query } = admin.audit;
    let asked = false;
    admin.audit.query = async (wanted) => {
      asked = true;
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      return query(wanted);
    };
    const stop = new AbortController();
    const asking = fetch(`${admin.url}/api/v1/events/stream?since=0`, {
      headers: { authorization: `Bearer ${admin.tokens.viewer}` },
      signal: stop.signal,
    });
    await until(() => asked);
    stop.abort();
    await expect(asking).rejects.toThrow();
    await until(() => admin.audit.subscriptions() === 0);
    go();
    admin.audit.query = query;
    expect(admin.errors).toEqual([]);
  });
});

it("a reader that does not read is told how many it missed, and costs no more memory", async () => {
  const { hostname, port } = new URL(admin.url);
  const socket = connect(Number(port), hostname);
  const head = `host: localhost\r\nauthorization: Bearer ${admin.tokens.viewer}\r\n\r\n`;
  socket.write(`GET /api/v1/events/stream HTTP/1.1\r\n${head}`);
  await until(() => admin.audit.subscriptions() === 1);
  socket.pause();
  const clientId = "x".repeat(200);
  const total = 60_000;
  for (let index = 0; index < total; index++) {
    admin.audit.record({ ...letIn(`d${index}`), clientId });
    if (index % 100 === 0) await new Promise(setImmediate);
  }
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
  });
  socket.resume();
  await until(() => text.includes('"missed":'));
  const missed = /event: missed\ndata: {"missed":(\d+)}/.exec(text.replace(/\r\n[0-9a-f]+\r\n/g, ""));
  const got = text.split('"type":"connect"').length - 1;
  expect(Number(missed?.[1])).toBeGreaterThan(0);
  expect(got).toBeLessThan(total);
  socket.destroy();
  await until(() => admin.audit.subscriptions() === 0);
});

it("no more than eight of one token are streams", async () => {
  const own = await openAdmin();
  const open = await Promise.all(Array.from({ length: 8 }, () => read("", { from: own })));
  const { status, json, headers } = await own.ask("GET", path, { token: own.tokens.viewer });
  expect([status, json.code, headers["retry-after"]]).toEqual([429, "too_many_streams", "10"]);
  const other = await read("", { from: own, token: own.tokens.admin });
  expect(other.response.status).toBe(200);
  open[0]?.leave();
  await until(() => own.audit.subscriptions() === 8);
  const again = await read("", { from: own });
  expect(again.response.status).toBe(200);
  for (const each of [...open, other, again]) each.leave();
});

it("no more than two of them read what was kept at once", async () => {
  const own = await openAdmin();
  own.audit.record(letIn("a"));
  const { query } = own.audit;
  let [running, most] = [0, 0];
  const goes: (() => void)[] = [];
  own.audit.query = async (wanted) => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => goes.push(resolve));
    running--;
    return query(wanted);
  };
  const all = Promise.all(Array.from({ length: 5 }, () => read("?since=1h&types=connect", { from: own })));
  for (let done = 0; done < 5; done++) {
    await until(() => goes.length > done);
    if (done === 0) await until(() => own.audit.subscriptions() === 5);
    goes[done]?.();
  }
  own.audit.query = query;
  for (const stream of await all) {
    expect((await stream.next())?.data).toMatchObject({ deviceId: "a" });
    stream.leave();
  }
  expect(most).toBe(2);
});

it("no more than a quarter of the connections are streams", async () => {
  const own = await openAdmin({ overrides: { "http.admin.maxConnections": 8 } });
  const [one, two] = [await read("", { from: own }), await read("", { from: own })];
  const { status, json, headers } = await own.ask("GET", path, { token: own.tokens.viewer });
  expect([status, json.code, headers["retry-after"]]).toEqual([503, "too_many_streams", "10"]);
  one.leave();
  await until(() => own.audit.subscriptions() === 1);
  expect((await read("", { from: own })).response.status).toBe(200);
  two.leave();
});
