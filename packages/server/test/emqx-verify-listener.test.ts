import { connectAsync } from "mqtt";
import { afterAll, beforeAll, expect, it } from "vitest";
import { verifyExit } from "../src/commands/emqx-verify.ts";
import { type StandIn, startStandIn } from "./emqx-stand-in/start-stand-in.ts";
import { apiOf, ask, type Site, setUp, startEmqx, startSite, verify, wrongs } from "./emqx-verify-site.ts";

let emqx: StandIn;
let site: Site;
let client: ReturnType<typeof apiOf>;
beforeAll(async () => {
  emqx = await startStandIn();
  site = await startSite(emqx);
  await setUp(emqx, site);
  client = apiOf(emqx);
}, 60_000);
afterAll(async () => {
  await client.close();
  await site.close();
  await emqx.close();
});

const only = ["no-credentials"];

it("another EMQX at the address of a listener is not attacked in its place, however right it is", async () => {
  const other = await startEmqx(site);
  const named = `tcp:default=127.0.0.1:${other.listeners.tcp}`;
  const report = await verify(emqx, site, {}, { client, listeners: [named], only });
  const url = `mqtt://127.0.0.1:${other.listeners.tcp}`;
  expect(wrongs(report)).toEqual([
    `right-listener: broken: this address (${url}) is not listener tcp:default of this EMQX`,
  ]);
  expect(report.results.map(({ attack }) => attack)).toEqual(["right-listener", "right-listener"]);
  expect(report.results[0]?.fix).toContain("--listener <name>=<host>:<port>");
  expect([report.ok, verifyExit(report)]).toEqual([false, 1]);
  // A URL has no name to compare; it has to lead to this EMQX all the same.
  const byUrl = await verify(emqx, site, {}, { client, listeners: [url], only });
  expect([byUrl.ok, byUrl.results.length]).toEqual([false, 2]);
  await other.close();
}, 60_000);

it("another listener of the same EMQX is told by its name", async () => {
  const moved = {
    ...{ url: client.url, find: client.find, delete: client.delete },
    async get(path: string) {
      const told = await client.get(path);
      const text = JSON.stringify(told).replaceAll("tcp:default", "tcp:inside");
      return path.startsWith("/listeners") ? JSON.parse(text) : told;
    },
  };
  const get = (path: string) => moved.get(path.replace("tcp%3Ainside", "tcp%3Adefault"));
  const report = await verify(emqx, site, {}, { client: { ...moved, get }, listeners: ["tcp:inside"], only });
  const url = `mqtt://127.0.0.1:${emqx.listeners.tcp}`;
  expect(wrongs(report)).toEqual([
    `right-listener: broken: this address (${url}) is not listener tcp:inside of this EMQX, but tcp:default`,
  ]);
}, 60_000);

it("a listener that should have been attacked and is not reached leaves the whole unproven", async () => {
  const listeners = ["all", "ws:default=127.0.0.1:1"];
  const report = await verify(emqx, site, {}, { client, listeners, only });
  expect([wrongs(report), report.ok]).toEqual([[], false]);
  const unproven = report.untried.filter(({ isUnproven }) => isUnproven);
  expect(unproven.map(({ name }) => name)).toEqual(["ws:default"]);
  const limited = await verify(emqx, site, {}, { client, listeners: ["tcp:default"], only });
  expect([limited.ok, limited.untried]).toEqual([true, []]);
}, 60_000);

it("without names it is the listeners that are reached which count; the others are told", async () => {
  const get = async (path: string) => {
    const told = JSON.stringify(await client.get(path));
    return JSON.parse(told.replaceAll(String(emqx.listeners.ws), "1"));
  };
  const { url, find } = client;
  const report = await verify(
    emqx,
    site,
    {},
    { client: { url, find, get, delete: client.delete }, listeners: [], only },
  );
  expect([wrongs(report), report.ok, verifyExit(report)]).toEqual([[], true, 0]);
  expect(report.untried.filter(({ isUnproven }) => isUnproven)).toMatchObject([{ name: "ws:default" }]);
}, 60_000);

it("who else lets clients in is named, with how many there are", async () => {
  const path = "/authentication/password_based:built_in_database";
  await ask(emqx, "POST", "/authentication", {
    ...{ mechanism: "password_based", backend: "built_in_database", user_id_type: "username" },
  });
  for (const user_id of ["a", "b"]) await ask(emqx, "POST", `${path}/users`, { user_id, password: `x-${user_id}` });
  const id = "password_based:built_in_database";
  const report = () => verify(emqx, site, {}, { client, listeners: ["tcp:default"], only });
  expect((await report()).others).toEqual([{ id, isBefore: false, users: 2 }]);
  await ask(emqx, "PUT", `${path}/position/front`);
  expect((await report()).others).toEqual([{ id, isBefore: true, users: 2 }]);
  await ask(emqx, "DELETE", path);
  expect((await report()).others).toEqual([]);
}, 60_000);

it("sessions of a run that was killed are ended by the next one, once that run must be over", async () => {
  const loan = await site.call<{ lease: string; lanes: { others: Record<string, string>[] }[] }>("verify.lend", {
    ...{ lanes: 1, services: 1, watched: 1, others: 1 },
  });
  const [device] = loan.lanes[0]?.others ?? [];
  const { clientId, username, password } = device as { clientId: string; username: string; password: string };
  const login = { clientId, username, password, clean: false, protocolVersion: 4 as const };
  const left = await connectAsync(`mqtt://127.0.0.1:${emqx.listeners.tcp}`, login);
  await left.endAsync();
  await site.call("verify.return", { lease: loan.lease });
  const sessions = async () => ((await ask(emqx, "GET", "/clients")) as { data: unknown[] }).data.length;
  const again = (nowMs: number) =>
    verify(emqx, site, {}, { client, listeners: ["tcp:default"], only, nowMs: () => nowMs });
  expect((await again(Date.now())).leftovers.sessions).toBe(0);
  expect(await sessions()).toBe(1);
  expect((await again(Date.now() + 4 * 60_000)).leftovers).toEqual({ sessions: 1, retained: 0, problems: [] });
  expect(await sessions()).toBe(0);
}, 60_000);
