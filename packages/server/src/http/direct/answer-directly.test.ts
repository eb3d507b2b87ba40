import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectRequest, Decision } from "@connack/credentials";
import { afterEach, describe, expect, it, vi } from "vitest";
import { deny } from "../../authn/deny.ts";
import { stopsGracefully } from "../stop-http-server.ts";
import { allow, emqxRequest, open, start, stopAll, token } from "../testing/start-broker-server.ts";
import { converse } from "./testing/converse.ts";

afterEach(stopAll);

const json = (clientid: string) => JSON.stringify({ clientid, username: "u", password: "p" });
const login = (clientid: string) => emqxRequest(json(clientid));
const names = (count: number) => Array.from({ length: count }, (_, number) => `c${number}`);

describe("a request is answered, decided and told alike directly and by Node's server", () => {
  const decide = ({ clientId }: ConnectRequest): Decision => {
    if (clientId === "refused") return deny("bad_signature", "test");
    if (clientId === "broken") throw new Error("broken");
    return { ...allow, clientAttrs: { device: clientId } };
  };
  const bearer = `authorization: Bearer ${token}\r\n`;
  const form = emqxRequest("clientid=a+b&username=%C3%A9&password=p").replace("json", "x-www-form-urlencoded");
  const topic = '{"clientid":"d","username":"u","topic":"t","action":"publish"}';

  it.each([
    ["a login", login("a")],
    ["a refused one", login("refused")],
    ["a broken one", login("broken")],
    ["one that is not ASCII", login("é☃")],
    ["a form", form],
    ["no content-type", login("a").replace(/content-type.*\r\n/, "")],
    ["another content-type", login("a").replace("application/json", "text/plain")],
    ["parameters", login("a").replace("application/json", "Application/JSON; charset=utf-8")],
    ["no body", emqxRequest("")],
    ["not JSON", emqxRequest("{")],
    ["a list", emqxRequest("[]")],
    ["__proto__", emqxRequest('{"__proto__":{"clientid":"a"},"username":"u","password":"p"}')],
    ["a header __proto__", emqxRequest(json("a"), "/mqtt/auth", "__proto__: x\r\nconstructor: y\r\n")],
    ["the longest body", emqxRequest(json("a").padEnd(16_384))],
    ["the token", emqxRequest(json("a"), "/mqtt/auth", bearer)],
    ["a wrong token", emqxRequest(json("a"), "/mqtt/auth", "authorization: Bearer x\r\n")],
    ["an origin", emqxRequest(json("a"), "/mqtt/auth", "origin: http://localhost\r\n")],
    ["a rebound host", login("a").replace("127.0.0.1:19101", "rebound.example")],
    ["no host", login("a").replace(/host.*\r\n/, "")],
    ["an empty host", login("a").replace(/host.*\r\n/, "host:\r\n")],
    ["forwarded", emqxRequest(json("a"), "/mqtt/auth", "x-forwarded-for: 203.0.113.7\r\n")],
    ["/brokers/emqx/authn", emqxRequest(json("a"), "/brokers/emqx/authn", bearer)],
    ["/brokers/emqx/authn, refused", emqxRequest(json("refused"), "/brokers/emqx/authn", bearer)],
    ["/brokers/emqx/authn without the token", emqxRequest(json("a"), "/brokers/emqx/authn")],
    ["/brokers/emqx/authz", emqxRequest(topic, "/brokers/emqx/authz", bearer)],
    ["/brokers/emqx/authz, not readable", emqxRequest("{", "/brokers/emqx/authz", bearer)],
    ["/brokers/emqx/events", emqxRequest('{"event":"x"}', "/brokers/emqx/events", bearer)],
  ])("%s", async (_name, text) => {
    for (const denyStatus of [200, 401] as const) {
      const seen = [];
      for (const way of ["direct", "node"]) {
        const request = way === "direct" ? text : text.replace("\r\n", "\r\nte: trailers\r\n");
        const requests: ConnectRequest[] = [];
        const asked = await start(allow, {
          denyStatus,
          decideConnect: (question) => {
            requests.push(question);
            return decide(question);
          },
        });
        const { server, reasons, details, questions, denials, told } = asked;
        let byNode = 0;
        server.on("request", () => void byNode++);
        const peer = converse(await open(asked.port));
        await peer.send(request);
        const [answer] = await peer.answers(1);
        expect(byNode).toBe(way === "node" ? 1 : 0);
        expect(new Date(answer?.headers.date ?? "").getTime()).not.toBeNaN();
        const type = answer?.headers["content-type"];
        seen.push({
          status: answer?.status,
          type,
          body: answer?.body,
          requests,
          reasons,
          details,
          questions,
          denials,
          told,
        });
      }
      expect(seen[0]).toEqual(seen[1]);
    }
  });
});

describe("stopping", () => {
  const held = () => {
    const letGo: (() => void)[] = [];
    const decideConnect = ({ clientId }: ConnectRequest) =>
      new Promise<Decision>((resolve) => {
        letGo.push(() => resolve({ ...allow, clientAttrs: { device: clientId } }));
      });
    return { letGo, decideConnect };
  };

  it("sends every answer that is under way, and closes the connection then", async () => {
    const { letGo, decideConnect } = held();
    const { server, port } = await start(allow, { decideConnect });
    const stop = stopsGracefully(server);
    const peer = converse(await open(port));
    await peer.send(names(50).map(login).join(""));
    await vi.waitFor(() => expect(letGo).toHaveLength(50));
    const stopped = stop();
    await peer.send(login("too late"));
    for (const go of letGo.reverse()) go();
    expect((await peer.all()).map(({ body }) => /"device":"(\w+)"/.exec(body)?.[1])).toEqual(names(50));
    await stopped;
    expect(letGo).toHaveLength(50);
  });

  it("awaits the body of a request whose head has come, and answers it", async () => {
    const { server, port, reasons } = await start(allow);
    const stop = stopsGracefully(server, 60_000);
    const peer = converse(await open(port));
    await peer.send(login("a") + login("b").slice(0, -3));
    await peer.answers(1);
    const stopped = stop();
    await peer.send(login("b").slice(-3) + login("c"));
    expect(await peer.all()).toHaveLength(2);
    await stopped;
    expect(reasons).toEqual([]);
  });

  it("closes at once who has nothing under way, after half a head too", async () => {
    const { server, port, reasons } = await start(allow);
    const stop = stopsGracefully(server, 60_000);
    const peers = [];
    for (const sent of ["", login("a"), login("a") + login("b").slice(0, 40)]) {
      const peer = converse(await open(port));
      await peer.send(sent);
      if (sent !== "") await peer.answers(1);
      peers.push(peer);
    }
    await stop();
    expect(await Promise.all(peers.map(async (peer) => (await peer.all()).length))).toEqual([0, 1, 1]);
    expect(reasons).toEqual([]);
  });

  it("loses no answer of a peer that reads slowly and goes on asking", async () => {
    let decided = 0;
    const decideConnect = (): Decision => {
      decided++;
      return { ...allow, clientAttrs: { much: "x".repeat(5000) } };
    };
    const { server, port } = await start(allow, { decideConnect });
    const stop = stopsGracefully(server, 60_000);
    const peer = converse(await open(port));
    peer.socket.pause();
    const storm = names(200).map(login).join("");
    const more = setInterval(() => peer.socket.writable && peer.socket.write(storm), 1);
    await vi.waitFor(() => expect(decided).toBeGreaterThan(500));
    const stopped = stop();
    await sleep(50);
    peer.socket.resume();
    const answers = await peer.all();
    clearInterval(more);
    await stopped;
    expect(answers).toHaveLength(decided);
  });

  it("waits for none that never ends its side longer than the grace", async () => {
    const { server, port } = await start(allow);
    const stop = stopsGracefully(server, 50);
    const socket = await open(port);
    const peer = converse(socket);
    await peer.send(login("a"));
    socket.pause();
    await stop();
    socket.resume();
    expect(await peer.all()).toHaveLength(1);
  });
});

it("a half request goes to Node's server after its time, which ends it", async () => {
  const { server, port, details } = await start(allow, { requestLimitMs: 100 });
  const peer = converse(await open(port));
  await peer.send(`${login("a")}POST /`);
  await once(peer.socket, "close");
  expect(await peer.all()).toHaveLength(1);
  expect(details).toEqual(["from 127.0.0.1: a request was not complete in time; connection closed"]);
  await new Promise((resolve) => void server.close(resolve));
});
