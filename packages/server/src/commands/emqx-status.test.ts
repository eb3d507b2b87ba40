import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type StandIn, startStandIn } from "../../test/emqx-stand-in/start-stand-in.ts";
import { desiredState } from "../brokers/emqx/configure/desired-state.ts";
import { createManagementClient } from "../brokers/emqx/management/create-management-client.ts";
import type { EmqxStatus } from "../brokers/emqx/status/emqx-status.ts";
import { loadConfig } from "../config/load-config.ts";
import type { CommandContext } from "./command.ts";
import { emqxStatus } from "./emqx-status.ts";

let standIn: StandIn;
let connackUrl: string;
let cwd: string;
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "connack-emqx-status-"));
  const port = await somethingListens();
  connackUrl = `http://127.0.0.1:${port}`;
});
afterEach(async () => {
  await standIn.close();
  rmSync(cwd, { recursive: true, force: true });
});

async function somethingListens(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

const configured = (env: Record<string, string> = {}) =>
  loadConfig({
    env: {
      CONNACK_BROKERS_EMQX_URL: standIn.apiUrl,
      CONNACK_BROKERS_EMQX_API_KEY: standIn.apiKey,
      CONNACK_BROKERS_EMQX_API_SECRET: standIn.apiSecret,
      CONNACK_BROKERS_EMQX_CONNACK_URL: connackUrl,
      ...env,
    },
    cwd,
  });

async function run(options: Record<string, boolean> = {}, env: Record<string, string> = {}) {
  const written: string[] = [];
  const context = {
    out: (part: string) => written.push(part),
    columns: 80,
    json: false,
    loadConfig: () => configured(env),
  };
  const exit = await emqxStatus.run({ args: [], options }, context as unknown as CommandContext);
  const text = written.join("");
  expect(text).not.toContain(standIn.apiSecret);
  for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  return { exit, text };
}

async function status(env: Record<string, string> = {}): Promise<EmqxStatus> {
  const written: string[] = [];
  const context = {
    out: (part: string) => written.push(part),
    json: true,
    errColumns: Infinity,
    loadConfig: () => configured(env),
  };
  await emqxStatus.run({ args: [], options: {} }, context as unknown as CommandContext);
  return JSON.parse(written.join(""));
}

/** Sets everything up that is wanted, as an operator would by hand. */
async function setUp(): Promise<void> {
  const { config } = configured();
  const desired = desiredState({
    emqx: config.brokers.emqx,
    ownJwt: config.credentials.jwt,
    brokerToken: "x".repeat(43),
    asksPerTopic: false,
  });
  const { apiUrl: url, apiKey, apiSecret } = standIn;
  const client = createManagementClient({ url, credentials: { apiKey, apiSecret }, timeoutMs: 20_000 });
  for (const each of desired.authenticators) await client.post("/authentication", each);
  await client.put("/authorization/settings", desired.settings);
  await client.delete("/authorization/sources/file");
  await client.put("/mqtt/auto_subscribe", desired.autoSubscribe);
  for (const each of desired.connectors) await client.post("/connectors", each);
  for (const each of desired.actions) await client.post("/actions", each);
  for (const each of desired.rules) await client.post("/rules", each);
  await client.close();
}

const namesOf = ({ warnings }: EmqxStatus) => warnings.map(({ name }) => name);

describe("connack emqx status", () => {
  it("says of a new EMQX that it lets everybody in", async () => {
    standIn = await startStandIn();
    const { exit, text } = await run();
    expect(exit).toBe(1);
    expect(text).toMatch(/^EMQX 5\.8\.0 \(Opensource\) at http:\/\/127\.0\.0\.1:\d+, 0 clients connected\n/);
    expect(text).toContain("  none: everybody is let in\n");
    expect(text).toContain("Warning: EMQX has no authenticator and lets everybody in.\n");
    expect(text).toContain("It is not Connack alone that decides who connects.");
    expect(text).toMatch(/connack emqx plan\n$/);
    expect(
      standIn.calls.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`),
    ).toEqual(["POST /api/v5/connectors_probe", "POST /api/v5/login"]);
    expect(namesOf(await status())).toContain("allow-all-file-source");
  });

  it("says that all is well where it is", async () => {
    standIn = await startStandIn();
    await setUp();
    const { exit, text } = await run();
    expect(exit).toBe(0);
    expect(text).toContain("seen from EMQX: reached");
    expect(text).toMatch(/ {2}password_based:http \(Connack\) +connected +0 +0 +0\n/);
    expect(text).toContain("what nothing speaks about: deny; a denied client is: left connected");
    expect(text).toContain("set up; EMQX had nothing to tell yet");
    expect(text).toContain("\nConnack decides who connects.\n");
    const json = await status();
    expect(json).toMatchObject({
      ok: true,
      clients: 0,
      noMatch: "deny",
      chain: [{ id: "password_based:http", isOurs: true, state: "connected", letIn: 0, refused: 0, passedOn: 0 }],
      sources: [],
      autoSubscribe: [`devices/p2p/\${clientid}`],
      events: { flow: "nothing yet", connector: "connected", action: "connected", matched: 0 },
      probe: { isReached: true },
      conflicts: [],
    });
  });

  it("is not content where a listener asks nobody", async () => {
    standIn = await startStandIn();
    await setUp();
    const listener = { id: "tcp:default", type: "tcp", name: "default", bind: "127.0.0.1:1883", enable: true };
    standIn.intercept = ({ path }) => {
      const open = { ...listener, running: true, current_connections: 3, enable_authn: false, proxy_protocol: false };
      const answer = path.endsWith("/listeners") ? [listener] : path.includes("/listeners/") ? open : undefined;
      return answer && { status: 200, contentType: "application/json", body: JSON.stringify(answer) };
    };
    const { exit, text } = await run();
    expect(exit).toBe(1);
    expect(text).toMatch(/ {2}tcp:default +127\.0\.0\.1:1883 +running +3 +NOBODY IS ASKED\n/);
    expect((await status()).ok).toBe(false);
  });

  it("explains what EMQX could not decide, and that it asks in vain", async () => {
    standIn = await startStandIn();
    await setUp();
    standIn.intercept = ({ path }) => {
      if (!path.endsWith("/authentication/password_based%3Ahttp/status")) return undefined;
      const metrics = { success: 12, failed: 3, nomatch: 2, total: 17 };
      return {
        status: 200,
        contentType: "application/json",
        body: JSON.stringify({ status: "disconnected", metrics }),
      };
    };
    const { exit, text } = await run();
    expect(exit).toBe(1);
    expect(text).toMatch(/\(Connack\) +disconnected +12 +3 +2\n/);
    expect(text).toContain("password_based:http passed on 2 logins: Connack never does that.");
    expect(text).toContain("password_based:http is disconnected: EMQX refuses devices at once");
  });

  it.each([
    [{ matched: 5, success: 5 }, "flowing"],
    [{ matched: 5, success: 4, failed: 1 }, "partly"],
    [{ matched: 5, failed: 4, dropped: 1 }, "not arriving"],
    [{ matched: 5, queuing: 5 }, "nothing yet"],
  ])("tells by EMQX's counts whether events arrive: %j", async (metrics, flow) => {
    standIn = await startStandIn();
    await setUp();
    standIn.intercept = ({ path }) =>
      path.endsWith("/metrics")
        ? { status: 200, contentType: "application/json", body: JSON.stringify({ metrics }) }
        : undefined;
    expect((await status()).events.flow).toBe(flow);
  });

  it("tells what is not to be, and what is not there", async () => {
    standIn = await startStandIn();
    expect((await status()).events).toMatchObject({ flow: "not set up" });
    expect((await status({ CONNACK_BROKERS_EMQX_EVENTS_ENABLED: "false" })).events).toMatchObject({ flow: "off" });
  });

  it("tries the default password once, and not when it is not to", async () => {
    standIn = await startStandIn();
    await run({ loginCheck: false });
    expect(standIn.calls.some(({ path }) => path.endsWith("/login"))).toBe(false);
    expect(namesOf(await status())).not.toContain("default-dashboard-password");
    standIn.intercept = ({ path }) =>
      path.endsWith("/login")
        ? { status: 200, contentType: "application/json", body: '{"token":"t","version":"5.8.0"}' }
        : undefined;
    expect(namesOf(await status())).toContain("default-dashboard-password");
  });

  it("leaves the password of versions alone that may lock the user", async () => {
    standIn = await startStandIn();
    standIn.intercept = ({ path }) => {
      if (!path.endsWith("/nodes")) return undefined;
      const node = { node: "emqx@n1", version: "5.10.1", edition: "Enterprise", node_status: "running", uptime: 1 };
      return { status: 200, contentType: "application/json", body: JSON.stringify([node]) };
    };
    expect(namesOf(await status())).toContain("unknown-version");
    expect(standIn.calls.some(({ path }) => path.endsWith("/login"))).toBe(false);
  });

  it("goes on without what EMQX does not tell, and says who refused what it needs", async () => {
    standIn = await startStandIn();
    await setUp();
    standIn.intercept = ({ path }) =>
      /\/(listeners|clients|configs|connectors_probe)/.test(path)
        ? { status: 403, contentType: "application/json", body: '{"code":"UNAUTHORIZED_ROLE","message":"no"}' }
        : undefined;
    const json = await status();
    expect(json.ok).toBe(true);
    expect(json.probe).toBeUndefined();
    await expect(run({}, { CONNACK_BROKERS_EMQX_API_SECRET: "wrong-secret-of-nobody" })).rejects.toMatchObject({
      code: "configuration",
      message: expect.stringContaining("BAD_API_KEY_OR_SECRET"),
    });
    await expect(run({}, { CONNACK_BROKERS_EMQX_URL: "http://127.0.0.1:1" })).rejects.toMatchObject({
      code: "broker_unreachable",
      next: expect.stringContaining("start EMQX"),
    });
  });
});
