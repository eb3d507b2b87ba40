import { randomBytes } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { issueCertificate } from "../../../tls/issue-certificate.ts";
import { ca, server as certificate } from "../../embedded/testing/lab-certificates.ts";
import { createManagementClient, type ManagementClientOptions } from "./create-management-client.ts";
import type { ManagementClient } from "./management-client.ts";
import { ManagementError } from "./management-error.ts";
import { type ScriptedAnswer, scriptedEmqx } from "./testing/scripted-emqx.ts";

const apiKey = randomBytes(8).toString("hex");
const apiSecret = randomBytes(24).toString("base64url");
const basic = Buffer.from(`${apiKey}:${apiSecret}`).toString("base64");
const password = randomBytes(12).toString("base64url");
const secrets = [apiSecret, basic, password];

const opened: ManagementClient[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

function open(url: string, more: Partial<ManagementClientOptions> = {}): ManagementClient {
  const client = createManagementClient({ url, credentials: { apiKey, apiSecret }, timeoutMs: 20_000, ...more });
  opened.push(client);
  return client;
}

async function errorOf(promise: Promise<unknown>): Promise<ManagementError> {
  const error = await promise.then(
    (value) => expect.unreachable(`answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ManagementError)) throw error;
  for (const secret of secrets) expect(`${error.message} ${error.next}`).not.toContain(secret);
  return error;
}

async function tcpServer(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

describe("a call", () => {
  it("sends the API key, keeps its connection, and reads JSON whatever its type is said to be", async () => {
    const emqx = await scriptedEmqx(({ path }) =>
      path.startsWith("/status")
        ? { headers: { "content-type": "applicatin/json" }, body: '{"rel_vsn":"v5.8.0"}' }
        : { body: [{ id: "jwt" }] },
    );
    const client = open(`${emqx.url}/api/v5/`);
    expect(client.url).toBe(emqx.url);
    expect(await client.get("/authentication")).toEqual([{ id: "jwt" }]);
    expect(await client.get("/status?format=json")).toEqual({ rel_vsn: "v5.8.0" });
    expect(await client.get("/authentication")).toEqual([{ id: "jwt" }]);
    expect(emqx.requests[0]).toMatchObject({ path: "/authentication", authorization: `Basic ${basic}` });
    expect(emqx.connections()).toBe(1);
  });

  it("that changes something sends its body, and takes an empty answer", async () => {
    const emqx = await scriptedEmqx(({ method }) => ({
      status: method === "POST" ? 200 : 204,
      ...(method === "POST" && { body: { id: "a" } }),
    }));
    const client = open(emqx.url);
    expect(await client.post("/authentication", { name: "ü" })).toEqual({ id: "a" });
    expect(await client.put("/authentication/a", {})).toBeUndefined();
    expect(await client.delete("/authentication/a")).toBe(true);
    expect(emqx.requests.map(({ method, body }) => [method, body])).toEqual([
      ["POST", '{"name":"ü"}'],
      ["PUT", "{}"],
      ["DELETE", ""],
    ]);
  });

  it("knows what is absent from what EMQX does not know", async () => {
    const absent = { status: 404, body: { code: "NOT_FOUND", message: "Not found: http" } };
    const page = {
      status: 404,
      headers: { "content-type": "text/html" },
      body: "<html><head><title>404 - NOT FOUND</title></head><body><h1>404 - NOT FOUND</h1></body></html>",
    };
    const emqx = await scriptedEmqx(({ path }) => (path === "/absent" ? absent : page));
    const client = open(emqx.url);
    expect(await client.find("/absent")).toBeUndefined();
    expect(await client.delete("/absent")).toBe(false);
    expect((await errorOf(client.get("/absent"))).problem).toBe("not_found");
    for (const call of [client.find("/nosuch"), client.delete("/nosuch")]) {
      expect(await errorOf(call)).toMatchObject({
        problem: "not_found",
        message: expect.stringMatching(/does not know this call/),
      });
    }
  });
});

describe("a connection that breaks", () => {
  it.each<[string, ScriptedAnswer]>([
    ["before the answer", { gone: true }],
    ["within the answer", { body: "[1,", cut: true }],
  ])("%s is tried again for what only reads, once", async (_, broken) => {
    const emqx = await scriptedEmqx((_request, count) => (count === 1 ? broken : { body: [1] }));
    expect(await open(emqx.url).get("/nodes")).toEqual([1]);
    const dead = await scriptedEmqx(() => broken);
    await errorOf(open(dead.url).get("/nodes"));
    expect(dead.requests).toHaveLength(2);
  });

  it("is not tried again for what changes something, and nobody knows what was done", async () => {
    for (const broken of [{ gone: true }, { cut: true, body: "{" }] as const) {
      const emqx = await scriptedEmqx(() => broken);
      const client = open(emqx.url);
      for (const call of [client.post("/x", {}), client.put("/x", {}), client.delete("/x")]) {
        expect((await errorOf(call)).message).toMatch(/Whether EMQX did it is not known\.$/);
      }
      expect(emqx.requests).toHaveLength(3);
    }
  });

  it("was never made: nothing listens", async () => {
    const port = await tcpServer(() => {});
    const error = await errorOf(open("http://127.0.0.1:1").post("/x"));
    expect(error).toMatchObject({ problem: "unreachable", endpoint: "POST /x" });
    expect(error.message).toBe("POST /x: nothing listens at http://127.0.0.1:1 (connection refused).");
    expect(error.next).toMatch(/start EMQX/);
    expect(port).toBeGreaterThan(0);
  });

  it("was never made: nobody has this name", async () => {
    const error = await errorOf(open("http://emqx.invalid:18083").get("/nodes"));
    expect(error.problem).toBe("unreachable");
    expect(error.message).toMatch(/^GET \/nodes: the name emqx\.invalid is not known here \(E[A-Z_]+\)\.$/);
  });
});

describe("a time-out", () => {
  it("counts until the last byte, and names the setting", async () => {
    const emqx = await scriptedEmqx(() => ({ delayMs: 30_000, body: [] }));
    const error = await errorOf(open(emqx.url, { timeoutMs: 200 }).get("/nodes"));
    expect(error).toMatchObject({ problem: "timeout", next: expect.stringContaining("brokers.emqx.timeout") });
    expect(error.message).toMatch(/gave no whole answer within 0\.2 s\.$/);
    expect(emqx.requests).toHaveLength(1);
    const port = await tcpServer((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n["));
    expect((await errorOf(open(`http://127.0.0.1:${port}`, { timeoutMs: 200 }).get("/nodes"))).problem).toBe("timeout");
  });
});

describe("an answer", () => {
  it("that is too long is not taken", async () => {
    const emqx = await scriptedEmqx(() => ({ body: JSON.stringify("x".repeat(5000)) }));
    expect(await errorOf(open(emqx.url, { bodyLimit: 4000 }).get("/nodes"))).toMatchObject({
      problem: "unreadable_answer",
      message: expect.stringMatching(/longer than what is taken/),
    });
    expect(await open(emqx.url, { bodyLimit: 6000 }).get("/nodes")).toHaveLength(5000);
  });

  it.each<[string, ScriptedAnswer, string, RegExp]>([
    [
      "a web page",
      { headers: { "content-type": "text/html" }, body: "<!doctype html>" },
      "not_emqx",
      /with a web page/,
    ],
    ["a web page that says nothing of it", { body: "\n<HTML><body>" }, "not_emqx", /with a web page/],
    [
      "a web page with an error",
      { status: 404, headers: { "content-type": "text/html" }, body: "<h1>nginx</h1>" },
      "not_emqx",
      /with a web page \(404\)/,
    ],
    [
      "text",
      { headers: { "content-type": "text/plain" }, body: "Node is started" },
      "unreadable_answer",
      /200 with text\/plain, which is no JSON/,
    ],
    ["nothing", {}, "unreadable_answer", /200 with no content type/],
    [
      "a redirection",
      { status: 302, headers: { location: "https://emqx.example:18084/api/v5/nodes" } },
      "not_emqx",
      /302 to https:\/\/emqx\.example:18084/,
    ],
  ])("that is %s is none of EMQX's API", async (_, answer, problem, message) => {
    const emqx = await scriptedEmqx(() => answer);
    const error = await errorOf(open(emqx.url).get("/nodes"));
    expect(error.problem).toBe(problem);
    expect(error.message).toMatch(message);
    expect(error.next).toMatch(/brokers\.emqx\.url/);
  });

  it("of something that does not speak HTTP is none", async () => {
    const port = await tcpServer((socket) => socket.end(Buffer.from([0x20, 2, 0, 5])));
    const error = await errorOf(open(`http://127.0.0.1:${port}`).get("/nodes"));
    expect(error).toMatchObject({ problem: "not_emqx", message: expect.stringMatching(/is not HTTP\.$/) });
  });
});

describe("TLS", () => {
  it("takes a certificate of the CA that was named", async () => {
    const emqx = await scriptedEmqx(() => ({ body: [] }), certificate);
    expect(await open(emqx.url, { ca: ca.certificate }).get("/nodes")).toEqual([]);
  });

  it("refuses what the CA did not sign, another name, and no TLS at all", async () => {
    const emqx = await scriptedEmqx(() => ({ body: [] }), certificate);
    const unknown = await errorOf(open(emqx.url).get("/nodes"));
    expect(unknown).toMatchObject({ problem: "tls", next: expect.stringContaining("brokers.emqx.caFile") });
    const other = issueCertificate(
      {
        commonName: "emqx",
        use: { kind: "server", hosts: ["emqx.example"] },
        notBefore: new Date(Date.now() - 1000),
        notAfter: new Date(Date.now() + 3_600_000),
      },
      ca,
    );
    const elsewhere = await scriptedEmqx(() => ({ body: [] }), other);
    const wrongName = await errorOf(open(elsewhere.url, { ca: ca.certificate }).get("/nodes"));
    expect(wrongName.message).toMatch(/is for another name than 127\.0\.0\.1\.$/);
    const plain = await scriptedEmqx(() => ({ body: [] }));
    const noTls = await errorOf(open(plain.url.replace("http:", "https:")).get("/nodes"));
    expect(noTls).toMatchObject({ problem: "tls", message: expect.stringMatching(/no TLS with/) });
    expect([emqx, elsewhere, plain].flatMap(({ requests }) => requests)).toEqual([]);
  });

  it("says so where it is plain HTTP that meets TLS", async () => {
    const emqx = await scriptedEmqx(() => ({ body: [] }), certificate);
    const error = await errorOf(open(emqx.url.replace("https:", "http:")).get("/nodes"));
    expect(error.next).toMatch(/https/);
  });
});

describe("a dashboard user", () => {
  const credentials = { username: "admin", password };
  const bearer = (number: number) => `Bearer token-${number}`;

  /** Gives token-1, token-2, …, of which only the last `good` ones are taken. */
  async function dashboard(isGood: (token: number, issued: number) => boolean, code = "TOKEN_TIME_OUT") {
    let issued = 0;
    return scriptedEmqx(({ path, authorization, body }) => {
      if (path === "/login") {
        if (JSON.parse(body).password !== password) {
          return { status: 401, body: { code: "BAD_USERNAME_OR_PWD", message: "Auth failed" } };
        }
        issued++;
        return { body: { token: `token-${issued}`, version: "5.8.0", license: { edition: "ce" } } };
      }
      const token = Number(/token-(\d+)/.exec(authorization ?? "")?.[1]);
      return isGood(token, issued) ? { body: [token] } : { status: 401, body: { code, message: "Token expired" } };
    });
  }

  it("is logged in once, also for calls at the same time, and logged out at the end", async () => {
    const emqx = await dashboard(() => true);
    const client = open(emqx.url, { credentials });
    expect(await Promise.all([client.get("/a"), client.get("/b")])).toEqual([[1], [1]]);
    await client.close();
    expect(emqx.requests.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      "GET /a",
      "GET /b",
      "POST /login",
      "POST /logout",
    ]);
    expect(emqx.requests.at(-1)).toMatchObject({ authorization: bearer(1), body: '{"username":"admin"}' });
  });

  it.each(["TOKEN_TIME_OUT", "BAD_TOKEN"])(
    "is logged in again once after %s, also to change something",
    async (code) => {
      const emqx = await dashboard((token) => token > 1, code);
      const client = open(emqx.url, { credentials });
      const calls = [client.get("/a"), client.post("/b"), client.get("/c")];
      expect(await Promise.all(calls)).toEqual([[2], [2], [2]]);
      expect(emqx.requests.filter(({ path }) => path === "/login")).toHaveLength(2);
      const never = await dashboard(() => false, code);
      const error = await errorOf(open(never.url, { credentials }).get("/a"));
      expect(error).toMatchObject({ problem: "unauthorized", code });
      expect(never.requests.filter(({ path }) => path === "/login")).toHaveLength(2);
    },
  );

  it.each([{}, { token: 5 }, { token: "" }, { token: "a\r\nx: y" }, "<html>"])(
    "gets no token out of %j",
    async (body) => {
      const emqx = await scriptedEmqx(() => ({ body }));
      const error = await errorOf(open(emqx.url, { credentials }).get("/a"));
      expect(["unreadable_answer", "not_emqx"]).toContain(error.problem);
      expect(error.endpoint).toBe("POST /login");
      expect(emqx.requests).toHaveLength(1);
    },
  );

  it("who is refused is told without a word of the password, and may try again", async () => {
    const emqx = await dashboard(() => true);
    const client = open(emqx.url, { credentials: { username: "admin", password: `${password}x` } });
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await errorOf(client.get("/a"));
      expect(error).toMatchObject({ problem: "unauthorized", code: "BAD_USERNAME_OR_PWD", endpoint: "POST /login" });
      expect(error.next).toMatch(/brokers\.emqx\.username and password/);
    }
    expect(emqx.requests).toHaveLength(2);
  });
});
