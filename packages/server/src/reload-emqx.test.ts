import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ca, server as certificate, filesOf, newCa } from "./brokers/embedded/testing/lab-certificates.ts";
import {
  type ScriptedAnswer,
  type ScriptedRequest,
  scriptedEmqx,
} from "./brokers/emqx/management/testing/scripted-emqx.ts";
import { configKeys } from "./config/config-keys.ts";
import { type Overrides, type ReloadableService, serveForReload } from "./testing/serve-for-reload.ts";

const apiKey = randomBytes(8).toString("hex");
const apiSecret = randomBytes(24).toString("base64url");
const password = randomBytes(24).toString("base64url");
const other = randomBytes(24).toString("base64url");
const basic = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString("base64")}`;

let service: ReloadableService | undefined;
afterEach(() => service?.end());

const node = { node: "emqx@n1", version: "5.8.0", edition: "Opensource", node_status: "running", uptime: 5000 };

/** One node, and nobody connected to it. */
function answer({ path, authorization, body }: ScriptedRequest, delayMs?: number): ScriptedAnswer {
  const refused = { status: 401, body: { code: "BAD_API_KEY_OR_SECRET", message: "no" } };
  if (path === "/login") return JSON.parse(body).password === password ? { body: { token: "t" } } : refused;
  if (authorization !== basic && authorization !== "Bearer t") return refused;
  if (path === "/nodes") return { body: [node], ...(delayMs !== undefined && { delayMs }) };
  return { body: { data: [], meta: { count: 0, hasnext: false } } };
}

const withKey = { "brokers.emqx.apiKey": apiKey, "brokers.emqx.apiSecret": apiSecret };
const withUser = { "brokers.emqx.username": "admin", "brokers.emqx.password": password };

/** Whether EMQX's API can be used, once that is known. */
async function reached(): Promise<boolean | undefined> {
  const state = () => service?.house.emqx?.state().reachable;
  return vi
    .waitUntil(() => (state() === undefined ? false : { is: state() }), { timeout: 20_000 })
    .then(({ is }) => is);
}

async function start(url: string, overrides: Overrides): Promise<(more: Overrides) => Promise<boolean | undefined>> {
  const base = { "brokers.emqx.url": url };
  service = await serveForReload({ ...base, ...overrides });
  const running = service;
  return async (more) => {
    const report = await running.reloadWith({ ...base, ...more });
    expect(report.atNextStart).toEqual([]);
    expect(report.applied.length).toBeGreaterThan(0);
    return reached();
  };
}

describe("a running server takes at once", () => {
  it("another key, secret, or user to ask EMQX with", async () => {
    const emqx = await scriptedEmqx((request) => answer(request));
    const change = await start(emqx.url, { ...withKey, "brokers.emqx.apiSecret": other });
    expect(await reached()).toBe(false);
    expect(await change(withKey)).toBe(true);
    expect(await change({ ...withKey, "brokers.emqx.apiKey": "another" })).toBe(false);
    expect(await change(withUser)).toBe(true);
    expect(await change({ ...withUser, "brokers.emqx.password": other })).toBe(false);
    expect(await change({ ...withUser, "brokers.emqx.username": "other" })).toBe(true);
    expect(emqx.requests.some(({ path, body }) => path === "/login" && body.includes('"other"'))).toBe(true);
  });

  it("another CA", async () => {
    const emqx = await scriptedEmqx((request) => answer(request), certificate);
    const [good, wrong] = filesOf(ca.certificate, newCa().certificate);
    const change = await start(emqx.url, { ...withKey, "brokers.emqx.caFile": wrong });
    expect(await reached()).toBe(false);
    expect(await change({ ...withKey, "brokers.emqx.caFile": good })).toBe(true);
  });

  it("another time-out", async () => {
    const emqx = await scriptedEmqx((request) => answer(request, 3000));
    const change = await start(emqx.url, { ...withKey, "brokers.emqx.timeout": 1 });
    expect(await reached()).toBe(false);
    expect(await change({ ...withKey, "brokers.emqx.timeout": 60 })).toBe(true);
  });
});

it("what EMQX has to be told is named, and is no matter of a start", async () => {
  const emqx = await scriptedEmqx((request) => answer(request));
  service = await serveForReload({ "brokers.emqx.url": emqx.url, ...withKey });
  const more = { "brokers.emqx.poolSize": 4, "brokers.emqx.jwt.enabled": true };
  const report = await service.reloadWith({ "brokers.emqx.url": emqx.url, ...withKey, ...more });
  expect(report.atNextStart).toEqual([]);
  expect(report.applied.map(({ key }) => key)).toEqual(["brokers.emqx.poolSize", "brokers.emqx.jwt.enabled"]);
  expect(report.warnings).toContain(
    "EMQX goes on as it was set up until connack emqx apply: brokers.emqx.poolSize, brokers.emqx.jwt.enabled",
  );
  expect(service.house.config.brokers.emqx).toMatchObject({ poolSize: 4, jwt: { enabled: true } });
});

it("every key about EMQX is taken at once, by connack emqx apply, or at a start", () => {
  const keys = [...configKeys.values()].filter(({ key }) => key.startsWith("brokers.emqx."));
  const names = (of: (typeof keys)[number][]) => of.map(({ key }) => key.slice("brokers.emqx.".length)).sort();
  expect(names(keys.filter(({ isLive }) => !isLive))).toEqual(["url"]);
  // `subscribeMac` is for connections from then on.
  const tried = ["apiKey", "apiSecret", "caFile", "password", "subscribeMac", "timeout", "username"];
  expect(names(keys.filter(({ isLive, takenBy }) => isLive && takenBy === undefined))).toEqual(tried);
});
