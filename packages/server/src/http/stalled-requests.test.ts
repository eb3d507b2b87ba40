import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { allow, ask, emqxRequest, open, raw, recorded, start, stopAll } from "./testing/start-broker-server.ts";

afterEach(stopAll);

const limit = { requestLimitMs: 100 };
const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;

describe("connections that stay open", () => {
  it.each([
    ["nothing yet", "", 0],
    ["a login", emqxRequest(recorded), 1],
    ["GET /healthz", get("/healthz"), 1],
    ["GET /readyz", get("/readyz"), 1],
    ["GET /mqtt/auth", get("/mqtt/auth"), 1],
    ["a path that is not there", get("/other"), 1],
    ["a login in the query", get("/mqtt/auth?clientid=a"), 1],
    ["a login to a mistyped path", emqxRequest(recorded, "/mqtt/auht"), 1],
    ["a body over the limit", emqxRequest("x".repeat(20_000)), 1],
    ["a pipeline", emqxRequest(recorded) + get("/healthz") + emqxRequest(recorded), 3],
  ])("answers a login long after %s", async (_name, before, answers) => {
    const { port } = await start(async () => sleep(5, allow), limit);
    const socket = await open(port);
    if (answers > 0) await ask(socket, before, answers);
    await sleep(400);
    expect(await ask(socket, emqxRequest(recorded))).toMatch(/^HTTP\/1\.1 200 OK.*"allow"/s);
  });
});

describe("a request that stops half-way is ended, and told", () => {
  const halves = ["POST /mqtt/auth HTTP/1.1\r\nho", emqxRequest(recorded).slice(0, -10)];
  const told = ["from 127.0.0.1: a request was not complete in time; connection closed"];

  it.each(halves)("alone: %j", async (half) => {
    const { port, details } = await start(allow, limit);
    expect(await raw(port, half)).toBe("");
    expect(details).toEqual(told);
  });

  it.each(halves)("after a login: %j", async (half) => {
    const { port, details } = await start(allow, limit);
    const socket = await open(port);
    await ask(socket, emqxRequest(recorded));
    socket.write(half);
    await once(socket, "close");
    expect(details).toEqual(told);
  });

  it.each(halves)("in the segment of a login: %j", async (half) => {
    const { port, details } = await start(allow, limit);
    const socket = await open(port);
    socket.write(emqxRequest(recorded) + half);
    socket.resume();
    await once(socket, "close");
    expect(details).toEqual(told);
  });
});

it("Node ends no idle connection, and TCP finds peers that are gone", async () => {
  const { server } = await start(allow);
  expect(server).toMatchObject({ keepAliveTimeout: 0, timeout: 0, requestTimeout: 10_000, headersTimeout: 10_000 });
  expect(server).toMatchObject({ keepAlive: true, keepAliveInitialDelay: 60 });
});
