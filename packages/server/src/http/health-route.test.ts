import { afterEach, describe, expect, it } from "vitest";
import type { Readiness } from "./health-route.ts";
import { allow, raw, start, stopAll, token } from "./testing/start-broker-server.ts";

afterEach(stopAll);

const sick: Readiness = {
  ready: false,
  registry: { state: "full", since: Date.UTC(2026, 0, 2, 3, 4, 5), detail: "disk full" },
  warnings: ["a weak key"],
};
const told = { ...sick, registry: { ...sick.registry, since: "2026-01-02T03:04:05.000Z" } };
const request = (method: string, path: string, headers: string) => `${method} ${path} HTTP/1.1\r\n${headers}\r\n`;
const body = (answer: string) => answer.slice(answer.indexOf("\r\n\r\n") + 4);

describe("/readyz", () => {
  it.each([
    ["host: localhost\r\n", told],
    [`host: evil.example\r\nauthorization: Bearer ${token}\r\n`, told],
    ["host: evil.example\r\n", { ready: false }],
    ["", { ready: false }],
    ["host: localhost\r\norigin: http://localhost\r\n", { ready: false }],
    ["host: localhost\r\nauthorization: Bearer wrong\r\n", { ready: false }],
  ])("with %j", async (headers, expected) => {
    const { port } = await start(allow, { readiness: () => sick });
    const answer = await raw(port, request("GET", "/readyz", headers));
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(JSON.parse(body(answer))).toEqual(expected);
  });

  it("is 200 when ready", async () => {
    const { port } = await start(allow);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });
});

it("/healthz is open to everybody", async () => {
  const { port } = await start(allow, { readiness: () => sick });
  expect(await raw(port, request("GET", "/healthz", "host: evil.example\r\n"))).toMatch(/^HTTP\/1\.1 200 .*ok\n$/s);
});

it.each([
  ["/healthz", 200],
  ["/readyz", 503],
])("HEAD %s is GET without the body", async (path, status) => {
  const { port } = await start(allow, { readiness: () => sick });
  const [head, get] = await Promise.all(
    ["HEAD", "GET"].map((method) => raw(port, request(method, path, "host: localhost\r\n"))),
  );
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(body(head ?? "")).toBe("");
  const length = /content-length: \d+/;
  expect(head?.match(length)?.[0]).toBe(get?.match(length)?.[0]);
});
