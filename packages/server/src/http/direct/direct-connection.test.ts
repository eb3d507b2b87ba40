import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { ConnectRequest, Decision } from "@connack/credentials";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { ca, material } from "../../brokers/embedded/testing/lab-certificates.ts";
import type { BrokerServerOptions } from "../broker-server.ts";
import { allow, emqxRequest, open, start, stopAll } from "../testing/start-broker-server.ts";
import { type Conversation, converse, type ReadAnswer } from "./testing/converse.ts";

afterEach(stopAll);

const login = (clientid: string, more = "") => emqxRequest(JSON.stringify({ clientid, username: "u", password: more }));
const health = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
const named = ({ clientId }: ConnectRequest): Decision => ({ ...allow, clientAttrs: { device: clientId } });
const names = (count: number) => Array.from({ length: count }, (_, number) => `c${number}`);
/** The names in the answers; what has none as it is. */
const told = (answers: ReadAnswer[]) => answers.map(({ body }) => /"device":"([^"]*)"/.exec(body)?.[1] ?? body.trim());
const denial = '{"result":"deny"}';

const late = async (request: ConnectRequest) => {
  await sleep(((request.clientId.length * 7 + Number(request.clientId.slice(1))) % 5) + 1);
  return named(request);
};
const mixed = (request: ConnectRequest) =>
  Number(request.clientId.slice(1)) % 7 === 3 ? late(request) : named(request);
const ways = [
  ["at once", named],
  ["late", late],
  ["mixed", mixed],
] as const;

async function talk(decideConnect: BrokerServerOptions["decideConnect"], options: Partial<BrokerServerOptions> = {}) {
  const asked = await start(allow, { decideConnect, ...options });
  let byNode = 0;
  asked.server.on("request", () => void byNode++);
  const peer: Conversation = converse(await open(asked.port));
  return { ...asked, peer, byNode: () => byNode };
}

describe.each(ways)("decisions that are there %s", (_name, decide) => {
  it("are answered in the order of the requests, all directly", async () => {
    const { peer, byNode } = await talk(decide);
    for (let round = 0; round < 3; round++) {
      peer.socket.write(
        names(300)
          .map((name) => login(name))
          .join(""),
      );
      await peer.answers(300 * (round + 1));
    }
    expect(told(await peer.answers(900))).toEqual([...names(300), ...names(300), ...names(300)]);
    expect(byNode()).toBe(0);
  });

  it("are all sent to a peer that ends its side behind the last request", async () => {
    const { peer, byNode } = await talk(decide);
    peer.socket.end(
      names(300)
        .map((name) => login(name))
        .join(""),
    );
    expect(told(await peer.all())).toEqual(names(300));
    expect(byNode()).toBe(0);
  });

  it("are kept in order, and none is lost or doubled, where Node's server takes over in the middle", async () => {
    const decided: string[] = [];
    const { peer, byNode } = await talk((request) => {
      decided.push(request.clientId);
      return decide(request);
    });
    const logins = names(500).map((name) => login(name));
    peer.socket.write([...logins.slice(0, 250), health, ...logins.slice(250)].join(""));
    const expected = names(500);
    expected.splice(250, 0, "ok");
    expect(told(await peer.answers(501))).toEqual(expected);
    expect([decided, byNode()]).toEqual([names(500), 251]);
    await peer.send(login("c1"));
    expect(told(await peer.answers(502)).at(-1)).toBe("c1");
  });

  it("come before Node's last answer to a peer that has ended its side", async () => {
    const { peer } = await talk(decide);
    peer.socket.end([...names(40).map((name) => login(name)), health].join(""));
    expect(told(await peer.all())).toEqual([...names(40), "ok"]);
  });

  it.each([
    ["half a head", login("c9").slice(0, 40)],
    ["half a body", login("c9").slice(0, -5)],
  ])("come before the denial of %s that will never be whole, which is told", async (_half, half) => {
    const { peer, reasons, details, byNode } = await talk(decide);
    peer.socket.end(
      names(40)
        .map((name) => login(name))
        .join("") + half,
    );
    expect(told(await peer.all())).toEqual([...names(40), denial]);
    expect(reasons).toEqual(["malformed_request"]);
    expect(details).toEqual(["from 127.0.0.1: not an HTTP request that can be read (HPE_INVALID_EOF_STATE)"]);
    expect(byNode()).toBe(0);
  });
});

it("goes on after a pipeline of any length", async () => {
  for (let count = 1; count <= 33; count++) {
    const { peer } = await talk(named);
    await peer.send(
      names(count)
        .map((name) => login(name))
        .join(""),
    );
    await peer.answers(count);
    await peer.send(login("c99"));
    expect(told(await peer.answers(count + 1))).toEqual([...names(count), "c99"]);
  }
});

describe("requests in pieces", () => {
  it("are read wherever they are cut", async () => {
    const { peer, byNode } = await talk(named);
    const both = login("c1") + login("c2", "é");
    const bytes = Buffer.from(both);
    for (let cut = 1; cut < bytes.length; cut++) {
      await peer.send(bytes.subarray(0, cut), bytes.subarray(cut));
      await peer.answers(2 * cut);
    }
    const answers = told(await peer.answers(2 * bytes.length - 2));
    expect(answers).toEqual(Array.from({ length: bytes.length - 1 }, () => ["c1", "c2"]).flat());
    expect(byNode()).toBe(0);
  });

  it("are read byte by byte", async () => {
    const { peer } = await talk(named);
    await peer.send(...[...(login("c1") + login("c2"))]);
    expect(told(await peer.answers(2))).toEqual(["c1", "c2"]);
  });

  it("are for Node's server when they do not go on, and it answers when they do", async () => {
    const { peer, byNode } = await talk(named, { requestLimitMs: 2000 });
    await peer.send(login("c0") + login("c1").slice(0, -5));
    await sleep(500);
    await peer.send(login("c1").slice(-5) + login("c2"));
    expect(told(await peer.answers(3))).toEqual(["c0", "c1", "c2"]);
    expect(byNode()).toBe(2);
  });
});

describe("a peer that does not read", () => {
  it("is not asked for more than its answers have room, and gets all of them when it reads", async () => {
    let decided = 0;
    const { peer } = await talk(() => {
      decided++;
      return { ...allow, clientAttrs: { device: `c${decided - 1}`, much: "x".repeat(40_000) } };
    });
    peer.socket.pause();
    peer.socket.write(
      names(1000)
        .map((name) => login(name))
        .join(""),
    );
    for (let before = -1; before !== decided || decided === 0; await sleep(100)) before = decided;
    expect(decided).toBeLessThan(700);
    peer.socket.resume();
    expect(told(await peer.answers(1000))).toEqual(names(1000));
  });

  it("has no more than 256 answers under way, and goes on when they came", async () => {
    const waiting: (() => void)[] = [];
    const { peer } = await talk(
      (request) => new Promise((resolve) => void waiting.push(() => resolve(named(request)))),
    );
    await peer.send(
      names(600)
        .map((name) => login(name))
        .join(""),
    );
    await vi.waitFor(() => expect(waiting).toHaveLength(256));
    for (let count = 0; count < 20; count++) await turn();
    expect(waiting).toHaveLength(256);
    for (let index = 0; index < 600; index++) {
      await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(index));
      waiting[index]?.();
    }
    expect(told(await peer.answers(600))).toEqual(names(600));
  });
});

it("other connections are answered between the turns of a long pipeline", async () => {
  const order: string[] = [];
  const { peer, port } = await talk((request) => {
    order.push(request.clientId);
    return named(request);
  });
  const other = converse(await open(port));
  await other.send(login("b0"));
  await other.answers(1);
  peer.socket.write(
    names(400)
      .map((name) => login(name))
      .join(""),
  );
  other.socket.write(login("b1"));
  await Promise.all([peer.answers(400), other.answers(2)]);
  expect(order.indexOf("b1")).toBeLessThan(300);
});

describe("errors", () => {
  const broken = new Error("broken");
  const fail = () => {
    throw broken;
  };
  it.each<[string, BrokerServerOptions["decideConnect"]]>([
    ["throws", fail],
    ["rejects", () => Promise.reject(broken)],
  ])("a decision that %s is a denial, told, and the connection goes on", async (_name, decide) => {
    let isBroken = true;
    const { peer, reasons, byNode } = await talk((request) => (isBroken ? decide(request) : named(request)));
    peer.socket.write(login("c0"));
    expect(told(await peer.answers(1))).toEqual([denial]);
    expect(reasons).toEqual(["Error: broken", "internal_error"]);
    isBroken = false;
    peer.socket.write(login("c1"));
    expect(told(await peer.answers(2))).toEqual([denial, "c1"]);
    expect(byNode()).toBe(0);
  });

  it("an observer that throws changes no decision, at once and late, and is told", async () => {
    for (const decide of [named, late]) {
      const errors: unknown[] = [];
      const onError = (error: unknown) => void errors.push(error);
      const { peer, byNode } = await talk(decide, { onDecision: fail, onError });
      peer.socket.write(login("c0") + login("c1"));
      expect(told(await peer.answers(2))).toEqual(["c0", "c1"]);
      expect(errors).toEqual([broken, broken]);
      expect(byNode()).toBe(0);
    }
  });

  it("a peer that is gone before its answers, or resets, harms nobody", async () => {
    const { peer, port } = await talk(late);
    peer.socket.write(
      names(50)
        .map((name) => login(name))
        .join("") + health,
    );
    await turn();
    peer.socket.resetAndDestroy();
    await sleep(30);
    const other = converse(await open(port));
    await other.send(login("c1"));
    expect(told(await other.answers(1))).toEqual(["c1"]);
  });
});

it("answers over TLS, and hands over there too", async () => {
  const tls = { files: { certificate: "server.crt", key: "server.key" }, material };
  for (const [, decide] of ways) {
    const { port } = await start(allow, { tls, decideConnect: decide });
    const socket = connectTls({ port, host: "127.0.0.1", ca: ca.certificate });
    onTestFinished(() => void socket.destroy());
    const peer = converse(socket);
    peer.socket.write([...names(40).map((name) => login(name)), health, login("c40")].join(""));
    expect(told(await peer.answers(42))).toEqual([...names(40), "ok", "c40"]);
  }
});
