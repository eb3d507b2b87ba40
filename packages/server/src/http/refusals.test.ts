import { afterEach, describe, expect, it } from "vitest";
import { allow, emqxRequest, raw, recorded, start, stopAll, token } from "./testing/start-broker-server.ts";

afterEach(stopAll);

const get = (target: string, method = "GET") => `${method} ${target} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
const withoutHost = emqxRequest(recorded).replace(/host: .*\r\n/, "");

/** Everything that is no login that may be decided: [what, bytes, reason, detail]. */
const outside: [string, string, string, RegExp][] = [
  ["a login by GET", get("/mqtt/auth?clientid=a&password=hush"), "malformed_request", /^GET \/mqtt\/auth from 127/],
  ["GET with a body", emqxRequest(recorded).replace("POST", "GET"), "malformed_request", /a login by GET/],
  [
    "GET, mistyped",
    get("/mqtt/auht?clientid=a&password=hush"),
    "malformed_request",
    /^GET \/mqtt\/auht .*no such path/,
  ],
  ...["/mqtt/superuser", "/mqtt/acl", "/mqtt/auth/", "//mqtt/auth", "/auth", "/", "/MQTT/auth", "/brokers"].map(
    (path): [string, string, string, RegExp] => [
      `POST ${path}`,
      emqxRequest(recorded, path),
      "malformed_request",
      new RegExp(`^POST ${path} from 127\\.0\\.0\\.1: no such path$`),
    ],
  ),
  ["POST without a body", get("/mqtt/auht", "POST"), "malformed_request", /^POST \/mqtt\/auht .*no such path/],
  ["POST /healthz", emqxRequest(recorded, "/healthz"), "malformed_request", /allowed here: GET, HEAD/],
  [
    "an absolute path",
    emqxRequest(recorded, "http://127.0.0.1/mqtt/acl"),
    "malformed_request",
    /^POST \/mqtt\/acl from/,
  ],
  ["what is not HTTP", "\x10\x0c\x00\x04MQTT\x04\x02\r\n\r\n", "malformed_request", /\(HPE_INVALID_METHOD\)/],
  ["large headers", `GET / HTTP/1.1\r\nx: ${"y".repeat(17_000)}`, "malformed_request", /\(HPE_HEADER_OVERFLOW\)/],
  ["no Host", withoutHost, "broker_not_authorized", /there is no Host header/],
  ["a stranger", emqxRequest(recorded, "/mqtt/auth", "authorization: Bearer x\r\n"), "broker_not_authorized", /wrong/],
  ["what cannot be read", emqxRequest("[]"), "malformed_request", /./],
];

describe.each([200, 401] as const)("outside /brokers/ every refusal has the status %d", (denyStatus) => {
  it.each(outside)("%s", async (_what, bytes, reason, detail) => {
    const { port, requests, reasons, details } = await start(allow, { denyStatus });
    const answer = await raw(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${denyStatus} .*content-type: application/json\r\n`, "s"));
    expect(answer).toMatch(/\r\n\r\n\{"result":"deny"\}$/);
    expect(requests).toEqual([]);
    expect(reasons).toEqual([reason]);
    expect(details[0]).toMatch(detail);
    expect(details[0]).not.toContain("hush");
  });

  it("also when answering fails", async () => {
    const { port, reasons } = await start(() => Promise.reject(new Error("broken")), { denyStatus });
    expect(await raw(port, emqxRequest(recorded))).toMatch(new RegExp(`^HTTP/1\\.1 ${denyStatus} `));
    expect(reasons).toEqual(["Error: broken", "internal_error"]);
  });

  it.each([
    ["GET", "/brokers/emqx/authn"],
    ["PUT", "/brokers/emqx/authn"],
    ["OPTIONS", "/brokers/emqx/authn"],
    ["GET", "/brokers/emqx/auth"],
    ["POST", "/brokers/nosuch/authn"],
    ["DELETE", "/brokers/"],
  ])("below /brokers/ it is 200: %s %s", async (method, path) => {
    const { port, reasons } = await start(allow, { denyStatus });
    expect(await raw(port, get(path, method))).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n\{"result":"deny"\}$/s);
    expect(reasons).toEqual(["malformed_request"]);
  });

  it("a login is decided however it is addressed, and whatever it expects", async () => {
    const { port } = await start(allow, { denyStatus });
    const expecting = "expect: foo\r\n";
    const bearer = `authorization: Bearer ${token}\r\n`;
    for (const bytes of [
      emqxRequest(recorded, "/mqtt/auth", expecting),
      emqxRequest(recorded, "http://127.0.0.1/mqtt/auth"),
      emqxRequest(recorded, "/mqtt/auth?x=1"),
      withoutHost.replace("content-type", `${bearer}content-type`),
      emqxRequest(recorded, "/brokers/emqx/authn", expecting + bearer),
    ]) {
      expect(await raw(port, bytes)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\{"result":"allow"/s);
    }
  });
});

it("the log shows neither a query nor a URL that user name and password were put into", async () => {
  const { port, details } = await start(allow);
  const secret = token.slice(0, 20);
  for (const path of [
    `/mqtt/auth/u/${secret}`,
    `/brokers/emqx/authn/${secret}`,
    `/mqtt/auth&password=${secret}`,
    `/x?password=${secret}`,
  ]) {
    await raw(port, emqxRequest(recorded, path));
  }
  expect(details.map((detail) => detail.split(" ")[1])).toEqual([
    "/mqtt/auth/…",
    "/brokers/emqx/authn/…",
    "/mqtt/auth…",
    "/x",
  ]);
});
