import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { type Answer, type OpenAdmin, openAdmin } from "./testing/open-admin.ts";

let admin: OpenAdmin;
beforeAll(async () => {
  admin = await openAdmin({ overrides: { "http.admin.allowedHosts": ["connack.example.org"] } });
});

const asAdmin = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  admin.ask(method, path, { token: admin.tokens.admin, headers, ...(body !== undefined && { body }) });

/** As RFC 9457 has it, and with the headers of every answer. */
function problem({ status, headers, json }: Answer): [number, unknown] {
  expect(headers["content-type"]).toBe("application/problem+json");
  expect(json).toMatchObject({ type: "about:blank", title: expect.any(String), status, detail: expect.any(String) });
  if (status < 500) expect(json.fix).toMatch(/./);
  checkHeaders(headers);
  return [status, json.code];
}

function checkHeaders(headers: Answer["headers"]): void {
  expect(headers).toMatchObject({
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
}

it("every answer has the headers, and none of CORS", async () => {
  checkHeaders((await asAdmin("GET", "/api/v1/devices", undefined, { origin: admin.url })).headers);
});

describe("what cannot be read", () => {
  const post = (body: unknown, headers?: Record<string, string>) => asAdmin("POST", "/api/v1/devices", body, headers);

  it.each([
    ["not JSON", "{", "bad_json"],
    ["JSON with something behind", "{} {}", "bad_json"],
    ["nested too deep", `${"[".repeat(100)}${"]".repeat(100)}`, "bad_json"],
    ["a list", "[]", "bad_input"],
    ["a text", '"x"', "bad_input"],
    ["null", "null", "bad_input"],
    ["without what is needed", "{}", "bad_input"],
    ["with a member that means nothing", '{"id":"x","colour":"red"}', "bad_input"],
    ["with a wrong type", '{"id":7}', "bad_input"],
    ["with __proto__", '{"id":"x","__proto__":{"status":"pending"}}', "bad_input"],
  ])("%s", async (_, body, code) => {
    expect(problem(await post(body))).toEqual([400, code]);
  });

  it("no UTF-8", async () => {
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const head = `POST /api/v1/devices HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${admin.tokens.admin}\r\n`;
    const rest = `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
    expect(await raw(Buffer.concat([Buffer.from(head + rest), body]))).toContain('"code":"bad_json"');
  });

  it("a body of more than 1 MiB", async () => {
    expect(problem(await post({ id: "x".repeat(1024 * 1024) }))).toEqual([413, "body_too_large"]);
  });

  it("a body that is not sent as JSON", async () => {
    const types = ["application/x-www-form-urlencoded", "text/plain", "application/json-patch+json", "nonsense"];
    for (const type of types) expect(problem(await post("{}", { "content-type": type }))).toEqual([415, "not_json"]);
  });

  it("a member of the path in the body too, and a query beside a body", async () => {
    for (const id of ["x", "y"]) {
      const answer = await asAdmin("PATCH", "/api/v1/devices/x", { id });
      expect(problem(answer)).toEqual([400, "bad_input"]);
      expect(answer.json.detail).toBe('"id" means nothing here');
    }
    expect(problem(await asAdmin("PATCH", "/api/v1/devices/x?group=y", {}))).toEqual([400, "bad_input"]);
    expect(problem(await asAdmin("POST", "/api/v1/devices/x/kick", { group: "y" }))).toEqual([400, "bad_input"]);
    expect(problem(await asAdmin("GET", "/api/v1/decisions?types=change"))).toEqual([400, "bad_input"]);
    expect(problem(await asAdmin("DELETE", "/api/v1/devices/x", { force: true }))).toEqual([400, "bad_input"]);
  });

  it("a query that means nothing, or twice", async () => {
    for (const query of ["limit=0", "limit=1001", "limit=ten", "limit=1&limit=2", "colour=red", "status=on"]) {
      expect(problem(await asAdmin("GET", `/api/v1/devices?${query}`))).toEqual([400, "bad_input"]);
    }
  });

  it("a name or a time that is none: with those that are", async () => {
    const told = async (query: string) => {
      const answer = await asAdmin("GET", `/api/v1/${query}`);
      expect(problem(answer)).toEqual([400, "bad_input"]);
      return `${answer.json.detail} | ${answer.json.fix}`;
    };
    const time = "30m, 24h, 7d (so long ago), yesterday, 2026-01-02 or 2026-01-02T10:00:00Z";
    expect(await told("events?since=soon")).toBe(`since: this is no time | give a time such as ${time}`);
    expect(await told("reasons?until=2026-13-01")).toMatch(/^until: this is no time \| give/);
    expect(await told("events?since=1h&from=1h")).toMatch(/^from and since are the same/);
    expect(await told("reasons?sinse=1h")).toBe(
      '"sinse" means nothing here | did you mean since? known here: since, from, until',
    );
    expect(await told("decisions?types=connect")).not.toMatch(/known here: .*types/);
    expect(await told("status?x=1")).toMatch(/nothing can be given here$/);
    expect(await told("events?reason=device_disabeld")).toBe(
      'there is no reason "device_disabeld" | did you mean device_disabled?',
    );
    expect(await told("events?reason=foo")).toMatch(/^there is no reason "foo" \| connack reasons/);
    expect(await told("events/stream?reason=foo")).toMatch(/^there is no reason "foo"/);
    expect(await told("events?types=conect")).toMatch(/ \| did you mean connect\?$/);
    expect(await told("events/stream?types=conect")).toMatch(/ \| did you mean connect\?$/);
    expect(await told("events/stream?form=1h")).toMatch(/known here: types, .*, since$/);
  });

  it("a path that is not percent-encoded", async () => {
    expect(problem(await asAdmin("GET", "/api/v1/devices/%zz"))).toEqual([400, "bad_url"]);
    expect(problem(await asAdmin("GET", "/api/v1/devices/%ff"))).toEqual([400, "bad_url"]);
  });
});

describe("what is not there", () => {
  it("a route", async () => {
    for (const path of ["/", "/api/v1", "/api/v1/", "/api/v1/devices/", "/api/v1/devices/a/b/c", "/api/v2/devices"])
      expect(problem(await asAdmin("GET", path))).toEqual([404, "no_such_route"]);
  });

  it("/readyz, with the port that has it", async () => {
    const answer = await asAdmin("GET", "/readyz");
    expect(problem(answer)).toEqual([404, "no_such_route"]);
    expect(answer.json.fix).toContain("8003");
  });

  it("a method, with those that are", async () => {
    const answer = await asAdmin("PUT", "/api/v1/devices/a%2Fb");
    expect(problem(answer)).toEqual([405, "method_not_allowed"]);
    expect(answer.headers.allow).toBe("GET, HEAD, PATCH, DELETE");
    expect(answer.json.detail).toBe("PUT is not possible here; GET, HEAD, PATCH and DELETE are");
    expect((await asAdmin("PUT", "/api/v1/devices/x/kick")).json.detail).toBe("PUT is not possible here; POST is");
    expect((await asAdmin("OPTIONS", "/api/v1/devices/x/kick")).headers.allow).toBe("POST");
    expect((await asAdmin("POST", "/metrics", {})).headers.allow).toBe("GET, HEAD");
    expect((await asAdmin("HEAD", "/api/v1/events/stream")).status).toBe(405);
  });

  it("a device, a service, a key, a token: with the fix", async () => {
    for (const path of ["devices/none", "services/none"]) {
      const answer = await asAdmin("GET", `/api/v1/${path}`);
      expect(problem(answer)[0]).toBe(404);
      expect(answer.json.fix).toMatch(/^connack (device|service) list/);
    }
    for (const path of ["keys/none", "tokens/none"])
      expect(problem(await asAdmin("DELETE", `/api/v1/${path}`))[0]).toBe(404);
  });

  it("and what is there already, or in another state", async () => {
    await asAdmin("POST", "/api/v1/devices", { id: "twice" });
    expect(problem(await asAdmin("POST", "/api/v1/devices", { id: "twice" }))).toEqual([409, "device_exists"]);
    await asAdmin("POST", "/api/v1/devices/twice/revoke");
    expect(problem(await asAdmin("POST", "/api/v1/devices/twice/enable"))).toEqual([409, "wrong_status"]);
    expect(problem(await asAdmin("POST", "/api/v1/devices/twice/kick"))).toEqual([409, "not_running"]);
  });
});

describe("callers", () => {
  const get = (headers: Record<string, string>) => asAdmin("GET", "/api/v1/keys", undefined, headers);

  it.each(["localhost", "localhost:8004", "127.0.0.1", "[::1]:8004", "10.1.2.3:8004", "CONNACK.example.org:443"])(
    "may call by the name %s",
    async (host) => {
      expect((await get({ host })).status).toBe(200);
    },
  );

  it.each(["evil.example", "localhost.evil.example", "connack.example.org.evil.example", "127.0.0.1.evil.example"])(
    "may not call by the name %s, with whatever token",
    async (host) => {
      expect(problem(await get({ host }))).toEqual([421, "host_not_allowed"]);
      expect(problem(await admin.ask("GET", "/healthz", { headers: { host } }))).toEqual([421, "host_not_allowed"]);
    },
  );

  it("may not name another host in the request line either", async () => {
    const { status } = await asAdmin("GET", "http://evil.example/api/v1/keys");
    expect(status).toBe(421);
  });

  it("have to name one", async () => {
    const answer = await raw("GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"no_host"');
  });

  it("may be pages of this very origin, and of no other", async () => {
    const { host } = new URL(admin.url);
    expect((await get({ origin: `http://${host}` })).status).toBe(200);
    // A proxy in front speaks TLS.
    expect((await get({ host: "connack.example.org", origin: "https://connack.example.org" })).status).toBe(200);
    const foreign = ["https://evil.example", "null", `http://${host}.evil.example`, `http://localhost:1`, "file://"];
    for (const origin of foreign) expect(problem(await get({ origin }))).toEqual([403, "foreign_origin"]);
    expect(problem(await get({ "sec-fetch-site": "cross-site" }))).toEqual([403, "foreign_origin"]);
    expect((await get({ "sec-fetch-site": "same-origin" })).status).toBe(200);
  });

  it("get another answer once the setting is another", async () => {
    const { loaded } = admin.house;
    expect((await get({ host: "new.example.org" })).status).toBe(421);
    const changed = structuredClone(loaded.config);
    changed.http.admin.allowedHosts = ["new.example.org"];
    await admin.house.configure({ ...loaded, config: changed });
    expect((await get({ host: "new.example.org" })).status).toBe(200);
    expect((await get({ host: "connack.example.org" })).status).toBe(421);
    await admin.house.configure(loaded);
  });
});

describe("tokens", () => {
  const keys = (authorization: string) => admin.ask("GET", "/api/v1/keys", { headers: { authorization } });

  it("are bearer tokens in the header, and nothing else", async () => {
    const { admin: token } = admin.tokens;
    expect((await keys(`bearer  ${token}`)).status).toBe(200);
    const basic = Buffer.from(`admin:${token}`).toString("base64");
    for (const other of [token, `Basic ${basic}`, `Bearer ${token} x`, `Bearer ${token},${token}`, "Bearer", "Bearer "])
      expect((await keys(other)).status).toBe(401);
    expect((await admin.ask("GET", `/api/v1/keys?access_token=${token}`)).status).toBe(401);
    expect((await admin.ask("GET", "/api/v1/keys", { headers: { cookie: `token=${token}` } })).status).toBe(401);
  });

  it("that are wrong are told seldom, with the address and never the token", async () => {
    const own = await openAdmin({ overrides: { "http.admin.trustedProxies": ["127.0.0.1"] } });
    const wrong = `${own.tokens.admin}wrong`;
    const fails = (address: string) =>
      own.ask("GET", "/api/v1/keys", { token: wrong, headers: { "x-forwarded-for": `1.2.3.4, ${address}` } });
    for (let index = 0; index < 20; index++) await fails("192.0.2.7");
    expect(own.problems).toEqual([
      "admin API: 1 request with a wrong or expired access token, the last from 192.0.2.7",
    ]);
    own.setNow(own.house.nowMs() + 60_000);
    await fails("192.0.2.8");
    expect(own.problems.slice(1)).toEqual([
      "admin API: 20 requests with a wrong or expired access token, the last from 192.0.2.8",
    ]);
    expect(JSON.stringify(own.problems)).not.toContain(wrong.slice(10, 30));
    await own.close();
  });
});

describe("the line itself", () => {
  it.each([
    ["what is no HTTP", "hello\r\n\r\n", 400, "bad_request"],
    ["a head of more than 16 KiB", `GET / HTTP/1.1\r\nx: ${"x".repeat(20_000)}\r\n\r\n`, 431, "head_too_large"],
  ])("%s is answered with a problem", async (_, text, status, code) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain("application/problem+json");
    expect(answer).toContain("x-content-type-options: nosniff");
    expect(answer).toContain(`"code":"${code}"`);
  });

  it("an expectation nobody knows is passed over", async () => {
    expect((await asAdmin("GET", "/api/v1/keys", undefined, { expect: "the-best" })).status).toBe(200);
  });
});

it("a defect of ours is told to the log, not to the caller", async () => {
  const { registry } = admin.house;
  const { find } = registry;
  registry.find = () => Promise.reject(new TypeError("a secret place"));
  const answer = await asAdmin("GET", "/api/v1/devices/x");
  registry.find = find;
  expect(problem(answer)).toEqual([500, "internal_error"]);
  expect(answer.text).not.toContain("secret place");
  expect(admin.errors).toEqual([new TypeError("a secret place")]);
});

/** Sends bytes as they are, and reads to the end of the connection. */
async function raw(text: string | Buffer): Promise<string> {
  const socket = connect(Number(new URL(admin.url).port), "127.0.0.1");
  socket.write(text);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
