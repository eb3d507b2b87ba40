import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namesIn, readExposition } from "../src/telemetry/testing/read-exposition.ts";
import { dashboardQueries, deployed, metricsIn, readAlerts, readDashboard } from "./deployed-files.ts";
import { type RunningConnack, removeFolder, startConnack, temporaryFolder } from "./run-connack.ts";

let connack: RunningConnack;
let admin: string;
let token: string;
let prometheus: ChildProcess | undefined;
let api: string;
let told = "";
const folder = temporaryFolder();

beforeAll(async () => {
  connack = await startConnack();
  admin = new URL(readyLine().admin).host;
  ({ token } = await connack.json<{ token: string }>("token", "add", "prometheus", "--role", "viewer"));
  await startPrometheus();
}, 90_000);

afterAll(async () => {
  const ended = prometheus && new Promise((resolve) => prometheus?.once("close", resolve));
  prometheus?.kill("SIGTERM");
  await ended;
  await connack?.kill("SIGTERM");
  removeFolder(folder);
  if (connack) removeFolder(connack.folder);
});

function readyLine(): { admin: string } {
  const line = connack
    .output()
    .stdout.split("\n")
    .find((each) => each.includes("connack is ready"));
  return JSON.parse(line ?? "{}") as { admin: string };
}

/** The files of deploy/prometheus as they are, but for the place of the target and the time between two scrapes. */
async function startPrometheus(): Promise<void> {
  const config = readFileSync(deployed("prometheus/prometheus.yml"), "utf8")
    .replace("127.0.0.1:8004", admin)
    .replaceAll("15s", "1s");
  writeFileSync(join(folder, "prometheus.yml"), config);
  writeFileSync(join(folder, "connack-token"), token, { mode: 0o600 });
  copyFileSync(deployed("prometheus/alerts.yaml"), join(folder, "alerts.yaml"));
  const port = await freePort();
  api = `http://127.0.0.1:${port}/api/v1`;
  prometheus = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  const failed = new Promise<never>((_, reject) => prometheus?.once("error", reject));
  prometheus.stderr?.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  await Promise.race([failed, until("prometheus answers", async () => (await fetch(`${api}/status/config`)).ok)]);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Asks until it is so; a refused connection is a no. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 40_000;
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}. Prometheus: ${told}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface Answer {
  status: string;
  error?: string;
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

async function ask(query: string): Promise<Answer> {
  const response = await fetch(`${api}/query`, { method: "POST", body: new URLSearchParams({ query }) });
  return (await response.json()) as Answer;
}

const resultOf = async (query: string) => Number((await ask(query)).data.result[0]?.value[1] ?? Number.NaN);

describe("a Prometheus that scrapes a server", () => {
  it("reads it with the token, and sees what it decides", async () => {
    await until("the first scrape", async () => (await resultOf('up{job="connack"}')) === 1);
    const refused = await fetch(`http://127.0.0.1:${connack.httpPort}/mqtt/auth`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ clientid: "lamp-4711", username: "", password: "" }),
    });
    expect(await refused.json()).toMatchObject({ result: "deny" });
    const counted = 'connack_decisions_total{broker="emqx", result="deny", reason="missing_credentials"}';
    await until("the refusal", async () => (await resultOf(counted)) === 1);
    expect(await resultOf('connack_decision_seconds_count{broker="emqx", result="deny"}')).toBe(1);
    expect(await resultOf('connack_decision_step_seconds_count{step="identify"}')).toBe(1);
    expect(await resultOf("connack_ready")).toBe(1);
    await until(
      "a value of the event loop",
      async () => (await resultOf("connack_event_loop_delay_seconds_count")) > 10,
    );
    const { data } = (await (await fetch(`${api}/targets`)).json()) as {
      data: { activeTargets: { health: string; lastError: string }[] };
    };
    expect(data.activeTargets).toMatchObject([{ health: "up", lastError: "" }]);
  });

  it("takes the alerts, and none of them is for a server that is well", async () => {
    interface Rules {
      data: { groups: { rules: { name: string; health: string; state: string; lastError?: string }[] }[] };
    }
    let rules: Rules["data"]["groups"][number]["rules"] = [];
    await until("every rule was evaluated", async () => {
      const { data } = (await (await fetch(`${api}/rules`)).json()) as Rules;
      rules = data.groups.flatMap((group) => group.rules);
      return rules.length > 0 && rules.every(({ health }) => health !== "unknown");
    });
    expect(rules.map(({ name }) => name).sort()).toEqual(
      readAlerts()
        .map(({ alert }) => alert)
        .sort(),
    );
    for (const { name, health, state, lastError } of rules) {
      expect({ name, health, lastError }).toEqual({ name, health: "ok", lastError: undefined });
      expect(state, name).not.toBe("firing");
    }
  });

  it("answers every query of the dashboard", async () => {
    const queries = dashboardQueries(readDashboard());
    expect(queries.length).toBeGreaterThan(30);
    for (const query of queries) expect({ query, ...(await ask(query)) }).toMatchObject({ query, status: "success" });
  });
});

describe("/metrics", () => {
  const scrape = (headers: Record<string, string>) => fetch(`http://${admin}/metrics`, { headers });

  it("has every metric that alerts and dashboard name", async () => {
    const response = await scrape({ authorization: `Bearer ${token}` });
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const body = await response.text();
    readExposition(body); // throws for a line that is none, and for one that is there twice
    const described = new Map([...body.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]));
    const isThere = (name: string) =>
      described.has(name) || described.get(name.replace(/_(bucket|sum|count)$/, "")) === "histogram";
    const named = [...readAlerts().map(({ expr }) => expr), ...dashboardQueries(readDashboard())].flatMap(metricsIn);
    expect(new Set(named).size).toBeGreaterThan(40);
    for (const name of named) expect(isThere(name), name).toBe(true);
    // Those that only some servers have, or only at some time.
    const sometimes = [
      "connack_certificate",
      "connack_broker_events_total",
      "connack_emqx",
      "connack_former_password",
      "connack_key_superseded",
      "connack_decisions",
    ];
    const values = namesIn(readExposition(body));
    for (const name of described.keys()) {
      if (!sometimes.some((start) => name?.startsWith(start))) expect(values, name).toContain(name);
    }
  });

  it("is not for strangers", async () => {
    expect((await scrape({})).status).toBe(401);
    expect((await scrape({ authorization: "Bearer wrong" })).status).toBe(401);
  });
});
