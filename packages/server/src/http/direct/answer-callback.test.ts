import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { createBrokerAccess } from "../broker-access.ts";
import type { BrokerCallback } from "../broker-routes.ts";
import { createAnswerCallback } from "./answer-callback.ts";
import type { DirectAnswer } from "./direct-connection.ts";
import { createReadPlainHead } from "./plain-head.ts";

const newToken = () => randomBytes(32).toString("base64url");
const path = "/mqtt/auth";
const from = (remoteAddress: string) => ({ remoteAddress }) as Socket;
const rules = { allowFrom: ["198.51.100.0/24"], allowedHosts: [], trustedProxies: ["192.0.2.1"] };

/** Answers with who asked; a head that is the same is the same object, as in the service. */
function callback(token: string, { body = "", nowMs = (): number => 0 } = {}) {
  let access = createBrokerAccess({ token, ...rules });
  const kept: Socket[] = [];
  const errors: unknown[] = [];
  const one: BrokerCallback = {
    demand: "token or place",
    answer: ({ caller }) => ({ status: 200, contentType: "text/plain", body: body || caller }),
    statusOf: ({ status }) => status,
  };
  const answer = createAnswerCallback({
    callbacks: new Map([[path, one]]),
    currentAccess: () => access,
    slots: { keep: (socket) => void kept.push(socket) },
    nowMs,
    failed: (_path, error) => {
      errors.push(error);
      return { status: 401, contentType: "text/plain", body: "failed" };
    },
  });
  const readHead = createReadPlainHead({ paths: new Set([path]), longestBody: 100 });
  return {
    kept,
    errors,
    one,
    reload: (other: string) => {
      access = createBrokerAccess({ token: other, ...rules });
    },
    ask: (address: string, ...lines: string[]) => {
      const head = readHead([`POST ${path} HTTP/1.1`, "content-length: 0", ...lines].join("\r\n"));
      if (head === undefined) throw new Error("not plain");
      return answer(head, Buffer.alloc(0), from(address));
    },
  };
}

const bodyOf = (answer: DirectAnswer | Promise<DirectAnswer>) => (answer as DirectAnswer).text.split("\r\n\r\n")[1];

describe("who asks, where the head is the same", () => {
  it("is proven by the token wherever it is, until the token is another", () => {
    const [first, second] = [newToken(), newToken()];
    const { ask, reload } = callback(first);
    const with_ = (token: string) => bodyOf(ask("203.0.113.7", `authorization: Bearer ${token}`));
    expect([with_(first), with_(first), with_(second)]).toEqual(["proven broker", "proven broker", "stranger"]);
    reload(second);
    expect([with_(first), with_(first), with_(second)]).toEqual(["stranger", "stranger", "proven broker"]);
    reload(first);
    expect([with_(first), with_(second)]).toEqual(["proven broker", "stranger"]);
  });

  it("is asked for on each connection where the place counts", () => {
    const { ask, kept } = callback(newToken());
    const host = "host: 127.0.0.1";
    const callers = ["127.0.0.1", "203.0.113.7", "198.51.100.3", "203.0.113.7"].map((address) =>
      bodyOf(ask(address, host)),
    );
    expect(callers).toEqual(["allowed by address", "stranger", "allowed by address", "stranger"]);
    expect(kept.map(({ remoteAddress }) => remoteAddress)).toEqual(["127.0.0.1", "198.51.100.3"]);
  });

  it("is told by host, origin and what a trusted proxy says", () => {
    const { ask } = callback(newToken());
    const host = "host: localhost";
    expect(bodyOf(ask("127.0.0.1", "host: rebound.example"))).toBe("stranger");
    expect(bodyOf(ask("127.0.0.1"))).toBe("stranger");
    expect(bodyOf(ask("127.0.0.1", host, "origin: null"))).toBe("stranger");
    expect(bodyOf(ask("192.0.2.1", host))).toBe("stranger");
    const behind = (address: string) => bodyOf(ask("192.0.2.1", host, `X-Forwarded-For: ${address}`));
    expect([behind("198.51.100.3"), behind("198.51.100.3, 203.0.113.7")]).toEqual(["allowed by address", "stranger"]);
  });
});

describe("the answer", () => {
  it("has a length in bytes, and the date, which goes on", () => {
    let now = 1_760_775_881_999;
    const { ask } = callback(newToken(), { body: "é", nowMs: () => now });
    const head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\ndate: Sat, 18 Oct 2025";
    expect(ask("127.0.0.1")).toEqual({ text: `${head} 08:24:41 GMT\r\n\r\né`, isAscii: false });
    now += 1;
    expect(ask("127.0.0.1")).toEqual({ text: `${head} 08:24:42 GMT\r\n\r\né`, isAscii: false });
  });

  it("says whether it is ASCII", () => {
    expect(callback(newToken(), { body: "e" }).ask("127.0.0.1")).toMatchObject({ isAscii: true });
  });

  it("is what a failure is answered with, at once and late", async () => {
    const { ask, one, errors } = callback(newToken());
    const error = new Error("broken");
    one.answer = () => {
      throw error;
    };
    expect((ask("127.0.0.1") as DirectAnswer).text).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n.*failed$/s);
    one.answer = () => Promise.reject(error);
    expect((await ask("127.0.0.1")).text).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n.*failed$/s);
    expect(errors).toEqual([error, error]);
  });
});
