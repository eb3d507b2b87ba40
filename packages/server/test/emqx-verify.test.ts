// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ourBin } from "../../../bench/node-flags.ts";
import { newCa, newServer } from "../src/brokers/embedded/testing/lab-certificates.ts";
import type { VerifyReport } from "../src/brokers/emqx/verify/verify-report.ts";
import { type StandIn, startStandIn } from "./emqx-stand-in/start-stand-in.ts";
import { startAnswerProxy } from "./emqx-verify-proxy.ts";
import { apiOf, ask, type Site, setUp, startEmqx, startSite, verify, wrongs } from "./emqx-verify-site.ts";
import { runConnack } from "./run-connack.ts";

/** What tokens are signed with, by an issuer that Connack and perhaps EMQX know. */
const tokenSecret = randomBytes(32).toString("base64url");
const keys = {
  CONNACK_CREDENTIALS_JWT_SECRET: tokenSecret,
  // With an upper case letter, as xiaozhi wants it.
  CONNACK_CREDENTIALS_XIAOZHI_HMAC_KEY: `A${randomBytes(32).toString("hex")}`,
};

let right: StandIn;
let site: Site;
beforeAll(async () => {
  right = await startStandIn();
  site = await startSite(right, keys);
  await setUp(right, site);
}, 60_000);
afterAll(async () => {
  await site.close();
  await right.close();
});

const connack = (...args: string[]) => runConnack(args, { cwd: site.server.folder, env: site.env });

it("an EMQX that is set up right passes every attack, on every listener, and nothing is left behind", async () => {
  const { code, stdout, stderr } = await connack("emqx", "verify", "--json");
  const report = JSON.parse(stdout) as VerifyReport;
  expect([wrongs(report), stderr, code]).toEqual([[], "", 0]);
  expect(report.listeners.map(({ name }) => name)).toEqual(["tcp:default", "ws:default"]);
  expect(report.untried.map(({ name }) => name)).toEqual(["ssl:default", "wss:default"]);
  // No audience is wanted of tokens here.
  const untried = report.results.filter(({ state }) => state === "not tried");
  expect(untried.map(({ attack, seen }) => [attack, seen])).toEqual(
    Array.from({ length: 4 }, () => ["wrong-audience", "no audience is required"]),
  );
  expect(report.cleanup).toEqual({ devices: 360, retained: 8, sessions: 8, problems: [] });
  expect(await ask(right, "GET", "/clients")).toMatchObject({ data: [] });
  expect(await site.call("device.list", {})).toMatchObject({ devices: [] });
  expect(await site.call("service.list", {})).toMatchObject({ services: [] });
}, 90_000);

it.each(["SIGINT", "SIGTERM"] as const)("%s: it cleans up, says so, and proves nothing", async (signal) => {
  const child = spawn(process.execPath, [ourBin, "emqx", "verify"], {
    cwd: site.server.folder,
    env: { PATH: process.env["PATH"], ...site.env },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const clients = async () => ((await ask(right, "GET", "/clients")) as { data: unknown[] }).data.length;
  await vi.waitFor(async () => expect(await clients()).toBeGreaterThan(3), 20_000);
  child.kill(signal);
  expect(await ended).toBe(1);
  expect(output).toContain("Interrupted: this is a part, and proves nothing.\n");
  expect(output).toMatch(/Cleaned up: 360 throw-away devices and \d+ sessions? ended/);
  expect(await clients()).toBe(0);
});

it("listeners with TLS are attacked, too, whoever made their certificate", async () => {
  const { certificate: cert, key } = newServer(newCa());
  const emqx = await startEmqx(site, undefined, { standIn: { tls: { cert, key } } });
  const client = apiOf(emqx);
  const only = ["right-credential", "no-credentials", "foreign-publish"];
  const report = await verify(emqx, site, {}, { client, listeners: ["ssl:default", "wss:default"], only });
  expect([wrongs(report), report.counts["not tried"], report.untried]).toEqual([[], 0, []]);
  expect(report.listeners.map(({ url }) => url)).toEqual([
    `mqtts://127.0.0.1:${emqx.listeners.tls}`,
    `wss://127.0.0.1:${emqx.listeners.wss}/mqtt`,
  ]);
  await emqx.close();
});

const namesOf = (wrong: string[]) => [...new Set(wrong.map((text) => text.replace(/[ :].*/, "")))].sort();
const these = (...names: string[]) => [...names].sort();

/** Topics of retained messages, where anybody may read everything. */
async function retainedAt(emqx: StandIn): Promise<string[]> {
  const login = await site.call<{ clientId: string; username: string; password: string }>("credential.issue", {
    ...{ device: "reader", scheme: "jwt", add: true },
  });
  const client = await connectAsync(`mqtt://127.0.0.1:${emqx.listeners.tcp}`, login);
  const topics: string[] = [];
  client.on("message", (topic) => topics.push(topic));
  await client.subscribeAsync("#");
  await client.publishAsync("reader/is/there", "", { qos: 1 });
  await vi.waitFor(() => expect(topics).toContain("reader/is/there"), 20_000);
  await client.endAsync();
  return topics.filter((topic) => topic !== "reader/is/there");
}

/** Which attacks did not hold. */
async function wrongAttacks(emqx: StandIn, more: Record<string, string> = {}): Promise<string[]> {
  const report = await verify(emqx, site, { CONNACK_BROKERS_EMQX_SUBSCRIBE_MAC: "false", ...more });
  await emqx.close();
  return namesOf(wrongs(report));
}
const credentials = [
  ...["no-credentials", "wrong-signature", "tampered-user-name", "expired-token", "huge-password", "random-password"],
  "connected-client-id",
];
const topics = [
  ...["foreign-publish", "foreign-retained", "foreign-will", "foreign-subscribe", "wildcards", "shared-subscribe"],
  ...["system-topics", "delayed-publish", "unspoken-topics", "mixed-subscribe"],
];
const allowAll = `{allow, all}.`;

describe.concurrent("each hole makes exactly its attacks fail", { timeout: 120_000 }, () => {
  it("a chain without authenticators lets in everybody who comes; their rights are none", async () => {
    const emqx = await startEmqx(site, (each) => ask(each, "DELETE", "/authentication/password_based:http"));
    expect(await wrongAttacks(emqx)).toEqual(
      these("authorised-service", "own-topics", ...credentials, "connack-asked"),
    );
  });

  it("an authenticator that is disabled is none, and the command says so loudly", async () => {
    const emqx = await startEmqx(site, async (each) => {
      const [found] = (await ask(each, "GET", "/authentication")) as Record<string, unknown>[];
      const { id: _id, ...whole } = found ?? {};
      await ask(each, "PUT", "/authentication/password_based:http", { ...whole, enable: false });
    });
    const listener = `ws://127.0.0.1:${emqx.listeners.ws}/mqtt`;
    const env = {
      ...site.env,
      CONNACK_BROKERS_EMQX_URL: emqx.apiUrl,
      CONNACK_BROKERS_EMQX_API_KEY: emqx.apiKey,
      CONNACK_BROKERS_EMQX_API_SECRET: emqx.apiSecret,
    };
    const args = ["emqx", "verify", "--listener", listener, "--only", "no-credentials"];
    const { code, stdout } = await runConnack(args, { cwd: site.server.folder, env });
    expect(code).toBe(1);
    expect(stdout).toContain("x no-credentials          refused                 LET IN\n");
    expect(stdout).toContain("LET THROUGH: no-credentials\n");
    expect(stdout).toContain("Anybody who reaches this listener is in.\nFix: connack emqx apply; ");
    expect(stdout).toContain("NOT SAFE: 2 let through; 2 held");
    await emqx.close();
  });

  it("a file that allows everything opens what Connack's rules do not speak about", async () => {
    const emqx = await startEmqx(site, async (each) => {
      await ask(each, "POST", "/authorization/sources", { type: "file", enable: true, rules: allowAll });
      await ask(each, "PUT", "/authorization/settings", {
        ...{ no_match: "allow", deny_action: "ignore" },
        cache: { enable: true, max_size: 32, ttl: "1m", excludes: [] },
      });
    });
    expect(await wrongAttacks(emqx)).toEqual(["unspoken-topics"]);
  });

  it("an EMQX that does not take rights with the answer, and allows what nothing speaks about", async () => {
    const proxy = await startAnswerProxy(site.server.httpPort, ({ acl: _acl, ...rest }) => rest);
    const open = (each: StandIn) => ask(each, "POST", "/authorization/sources", { type: "file", rules: allowAll });
    const emqx = await startEmqx(site, open, { connackUrl: proxy.url });
    const report = await verify(emqx, site, { CONNACK_BROKERS_EMQX_SUBSCRIBE_MAC: "false" });
    expect(namesOf(wrongs(report))).toEqual(these(...topics));
    expect(await retainedAt(emqx)).toEqual([]);
    await emqx.close();
    proxy.close();
  });

  it("an EMQX that does not take rights with the answer, and denies what nothing speaks about", async () => {
    const proxy = await startAnswerProxy(site.server.httpPort, ({ acl: _acl, ...rest }) => rest);
    const emqx = await startEmqx(site, undefined, { connackUrl: proxy.url });
    expect(await wrongAttacks(emqx)).toEqual(these("authorised-service", "own-topics"));
    proxy.close();
  });

  it("an answer that EMQX does not take", async () => {
    const proxy = await startAnswerProxy(site.server.httpPort, (answer) => ({ ...answer, expire_at: null }));
    const emqx = await startEmqx(site, undefined, { connackUrl: proxy.url });
    const report = await verify(emqx, site, { CONNACK_BROKERS_EMQX_SUBSCRIBE_MAC: "false" });
    expect(wrongs(report)).toEqual(
      expect.arrayContaining([
        "right-credential (jwt): broken: refused (4)",
        "connack-asked: broken: Connack said yes, and EMQX: refused (4)",
        "connack-asked: broken: Connack said yes, and EMQX: refused (0x86)",
      ]),
    );
    await emqx.close();
    proxy.close();
  });

  it("a Connack that is not reached lets nobody in, and that is no proof of rights", async () => {
    const emqx = await startEmqx(site, undefined, { connackUrl: "http://127.0.0.1:9" });
    const report = await verify(emqx, site, { CONNACK_BROKERS_EMQX_SUBSCRIBE_MAC: "false" });
    expect(report.counts["let through"]).toBe(0);
    expect(wrongs(report)).toContain("right-credential (password): broken: refused (5), Connack was not asked");
    expect(namesOf(wrongs(report))).toEqual(these("right-credential", "authorised-service", "connack-asked"));
    const ofRights = report.results.filter(({ group }) => group === "rights");
    expect(ofRights.filter(({ state, isUnproven }) => state !== "not tried" || !isUnproven)).toEqual([]);
    await emqx.close();
  });

  it("devices that EMQX does not subscribe", async () => {
    const emqx = await startEmqx(site, (each) => ask(each, "PUT", "/mqtt/auto_subscribe", []));
    expect(await wrongAttacks(emqx)).toEqual(["reply-without-subscribe"]);
  });

  it("events that nobody sends", async () => {
    const emqx = await startEmqx(site, (each) => ask(each, "DELETE", "/rules/connack_events"));
    expect(await wrongAttacks(emqx)).toEqual(["events-arrive"]);
  });

  it("somebody else's authenticator that takes the same tokens before Connack, whoever brings them", async () => {
    const jwt = { mechanism: "jwt", use_jwks: false, algorithm: "hmac-based", secret: tokenSecret, verify_claims: {} };
    const emqx = await startEmqx(site, async (each) => {
      await ask(each, "POST", "/authentication", { ...jwt, from: "password" });
      await ask(each, "PUT", "/authentication/jwt/position/front");
    });
    // Such a device is let in without rights.
    expect(await wrongAttacks(emqx)).toEqual(these("own-topics", "connected-client-id"));
  });
});

it("an EMQX that checks tokens by itself passes, too; with tokens for anybody and from anybody it does not", async () => {
  const emqx = await startStandIn();
  const other = await startSite(emqx, {
    ...keys,
    CONNACK_CREDENTIALS_JWT_AUDIENCE: "fleet",
    CONNACK_BROKERS_EMQX_JWT_ENABLED: "true",
    CONNACK_BROKERS_EMQX_JWT_VERIFY_CLAIMS: JSON.stringify({ sub: "${clientid}", aud: "fleet" }),
  });
  try {
    await setUp(emqx, other);
    const report = await verify(emqx, other);
    expect(wrongs(report)).toEqual([]);
    const kinds = report.results.filter(({ group, state }) => group === "rights" && state === "held");
    expect(await ask(emqx, "GET", "/banned")).toMatchObject({ data: [] });
    expect([...new Set(kinds.map(({ kind }) => kind))].sort()).toEqual(["jwt-emqx", "xiaozhi-hmac"]);
    const { id: _id, ...jwt } = (await ask(emqx, "GET", "/authentication/jwt")) as Record<string, unknown>;
    await ask(emqx, "PUT", "/authentication/jwt", { ...jwt, secret: tokenSecret, verify_claims: {} });
    expect(namesOf(wrongs(await verify(emqx, other)))).toEqual(these("connected-client-id", "wrong-audience"));
  } finally {
    await other.close();
    await emqx.close();
  }
}, 90_000);
