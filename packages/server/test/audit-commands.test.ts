import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { EventView } from "../src/operations/audit-query.ts";
import type { ReasonViews } from "../src/operations/audit-reasons.ts";
import type { DeviceTimeline } from "../src/operations/device-timeline.ts";
import { runCommand } from "./run-command.ts";
import { type RunningConnack, removeFolder, run, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

const entry = fileURLToPath(new URL("../bin/connack.js", import.meta.url));
const folder = temporaryFolder();

interface Credential {
  clientId: string;
  username: string;
  password: string;
}

let server: RunningConnack;
const started = new Set<ChildProcess>();

beforeAll(async () => {
  server = await startConnack({ folder });
});
afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
  started.clear();
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(folder);
});

const cli = (...args: string[]) => runCommand(args, { cwd: folder });
const issue = (id: string) => server.json<Credential>("credential", "issue", id, "--add");
const timeline = (...args: string[]) => server.json<DeviceTimeline>("device", "timeline", ...args);

/** A device publishes once, with somebody else's program; whether it was let in. */
async function publish({ clientId, username, password }: Credential, topic: string): Promise<boolean> {
  const login = ["-p", String(server.mqttPort), "-i", clientId, "-u", username, "-P", password];
  const { stdout } = await run("mosquitto_pub", [...login, "-d", "-q", "1", "-t", topic, "-m", "x"]);
  return stdout.includes("received CONNACK (0)");
}

/** A token of a device that mints by itself, with a clock that is off by so many seconds. */
function mint(id: string, clockOffset: number, lifetime: number): string {
  const { secret } = JSON.parse(readFileSync(join(folder, "connack-data/keys/jwt-1.json"), "utf8")) as {
    secret: string;
  };
  const iat = Math.floor(Date.now() / 1000) + clockOffset;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: id, iat, exp: iat + lifetime })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** `connack watch`, running. */
function startWatch(...args: string[]) {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [entry, "watch", ...args], { cwd: folder, env: { PATH, HOME } });
  started.add(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, output, ended };
}
const patience = { timeout: 25_000 };
const following = async (watching: ReturnType<typeof startWatch>) => {
  await expect.poll(() => watching.output.stderr, patience).toContain("Following events");
  return watching;
};
const eventsIn = ({ output }: ReturnType<typeof startWatch>) =>
  output.stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as EventView);

describe("a device that is refused", () => {
  it("is seen in watch, timeline and reasons, with the fix", async () => {
    const device = await issue("sensor-1");
    const watching = await following(startWatch("--device", "sensor-1"));
    expect(await publish(device, "devices/sensor-1/t")).toBe(true);
    await publish(device, "not/its/own");
    await server.json("device", "disable", "sensor-1");
    for (let attempt = 0; attempt < 3; attempt++) expect(await publish(device, "devices/sensor-1/t")).toBe(false);
    await expect.poll(() => watching.output.stdout.match(/device_disabled/g)?.length, patience).toBe(3);
    watching.child.kill("SIGINT");
    expect(await watching.ended).toBe(0);
    const [allowed, connected, closed] = watching.output.stdout.split("\n");
    expect(allowed).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}allow {4}sensor-1 +embedded {2}by jwt from 127\.0\.0\.1$/,
    );
    expect(connected).toMatch(/ {2}on {7}sensor-1 /);
    expect(closed).toMatch(/ {2}off {6}sensor-1 .*by_client: The device closed the connection\.$/);
    expect(watching.output.stdout).toMatch(
      / deny +sensor-1 +embedded {2}publish_denied not\/its\/own: The device may not/,
    );
    expect(watching.output.stdout).toMatch(/ change +sensor-1 .*device\.disable by cli/);

    const told = await timeline("sensor-1");
    expect(told.summary).toMatch(
      /^Disabled at .* UTC by cli\. Refused 3 times since .* UTC: the device is disabled\.$/,
    );
    expect(told.rows.map(({ kind }) => kind).filter((kind) => kind !== "changed")).toEqual([
      "connected",
      "disconnected",
      "connected",
      "denied topic",
      "disconnected",
      "refused",
    ]);
    expect(told.rows.at(-1)).toMatchObject({ count: 3, reason: "device_disabled" });
    const shown = await cli("device", "timeline", "sensor-1");
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^device sensor-1 \(disabled\)\nDisabled at .* UTC by cli\. Refused 3\stimes since /);
    expect(shown.stdout).toMatch(/\nFix: connack device enable sensor-1\nNext: connack watch --device sensor-1\n$/);
    expect((await cli("device", "show", "sensor-1")).stdout).toContain("connack device timeline sensor-1");

    const { reasons } = await server.json<ReasonViews>("reasons");
    expect(reasons).toContainEqual(
      expect.objectContaining({ reason: "device_disabled", count: 3, fix: "connack device enable sensor-1" }),
    );
    expect(reasons.map(({ reason }) => reason)).toContain("publish_denied");
    const table = await cli("reasons", "--since", "1h");
    expect(table.stdout).toMatch(
      / 3 {7}1 {2}device_disabled\n +The device is disabled\.\n +e\.g\. sensor-1 ×3\n +Fix: /,
    );
  });

  it("because its clock is slow: the timeline says by how much", async () => {
    const device = await issue("slow-1");
    for (let attempt = 0; attempt < 3; attempt++) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 1100)); // another second, another iat
      expect(await publish({ ...device, password: mint("slow-1", -1800, 60) }, "devices/slow-1/t")).toBe(false);
    }
    const told = await timeline("slow-1");
    expect(told.summary).toMatch(
      /^Refused 3 times since .*: the token expired 29 min before each attempt; the device's clock is about 30 min slow\.$/,
    );
    expect(told.clock).toMatchObject({ kind: "offset", attempts: 3 });
    expect(Math.abs((told.clock as { seconds: number }).seconds + 1800)).toBeLessThan(10);
  });

  it("by nobody's name is found by its client id, and marked as unproven", async () => {
    expect(await publish({ clientId: "esp-7", username: "esp-7", password: `${mint("esp-7", 0, 60)}x` }, "x")).toBe(
      false,
    );
    const told = await timeline("esp-7");
    expect(told).toMatchObject({ clientId: "esp-7", known: true, rows: [{ kind: "refused", unproven: true }] });
    const unknown = await cli("device", "timeline", "nobody");
    expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringContaining("Never seen in the audit")]);
  });
});

describe("connack watch", () => {
  it("replays since a time and goes on, as JSON, by its filters", async () => {
    const device = await issue("sensor-2");
    const wrong = { ...device, password: mint("sensor-2", -7200, 3600) };
    for (let attempt = 0; attempt < 2; attempt++) await publish(wrong, "t");
    const watching = startWatch("--json", "--since", "1h", "--reason", "token_expired", "--device", "sensor-2");
    await expect.poll(() => eventsIn(watching), patience).toMatchObject([{ count: 2, deviceId: "sensor-2" }]);
    await publish(wrong, "t");
    await expect.poll(() => eventsIn(watching), patience).toMatchObject([{ count: 2 }, { count: 1, result: "deny" }]);
    watching.child.kill("SIGTERM");
    expect([await watching.ended, watching.output.stderr]).toEqual([0, ""]);
  });

  it("goes on when the server was started anew", async () => {
    const watching = await following(startWatch("--type", "connect", "--type", "service"));
    await server.kill("SIGTERM");
    await expect.poll(() => watching.output.stderr, patience).toContain("connack: the server went away; trying again");
    server = await startConnack({ folder });
    await expect.poll(() => watching.output.stderr, patience).toContain("connack: the server is back");
    await publish({ clientId: "after", username: "after", password: "x.y.z" }, "t");
    await expect.poll(() => watching.output.stdout, patience).toContain("(after)");
    watching.child.kill("SIGINT");
    expect(await watching.ended).toBe(0);
  });

  it("says which reason was probably meant, and how to start a server where none runs", async () => {
    const misspelt = await cli("watch", "--reason", "token_expird");
    expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringContaining("did you mean token_expired?")]);
    expect((await cli("watch", "--since", "tomorrow")).code).toBe(2);
    expect((await cli("watch", "--result", "maybe")).code).toBe(2);
    const elsewhere = temporaryFolder();
    const nowhere = await runConnack(["watch"], { cwd: elsewhere });
    expect([nowhere.code, nowhere.stderr]).toEqual([78, expect.stringContaining("no data folder at ")]);
    await runConnack(["device", "add", "lamp"], { cwd: elsewhere });
    const alone = await runConnack(["watch"], { cwd: elsewhere });
    expect([alone.code, alone.stderr]).toEqual([69, expect.stringMatching(/no server runs[\s\S]*Next: connack serve/)]);
    removeFolder(elsewhere);
  });

  it("does not hold up the end of a server", async () => {
    const other = await startConnack();
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [entry, "watch"], { cwd: other.folder, env: { PATH, HOME } });
    started.add(child);
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    await expect.poll(() => stderr, patience).toContain("Following events");
    expect(await other.kill("SIGTERM")).toBe(0);
    expect(stderr).toContain("the server went away");
    removeFolder(other.folder);
  });
});

it("without a server, timeline and reasons open the data by themselves", async () => {
  const alone = await startConnack();
  const { clientId, username } = await alone.json<Credential>("credential", "issue", "sensor-3", "--add");
  const login = ["-p", String(alone.mqttPort), "-i", clientId, "-u", username, "-P", "no-token"];
  await run("mosquitto_pub", [...login, "-t", "t", "-m", "x"]);
  await alone.kill("SIGTERM");
  const told = await alone.json<DeviceTimeline>("device", "timeline", "sensor-3");
  expect(told.rows.some(({ kind }) => kind === "refused")).toBe(true);
  const { reasons } = await alone.json<ReasonViews>("reasons", "--since", "1h");
  expect(reasons).toHaveLength(1);
  removeFolder(alone.folder);
});

it("whoever reads the help finds the way", async () => {
  expect((await cli("--help")).stdout).toMatch(/refused[\s\S]*connack device timeline sensor-1/);
  expect((await cli("device", "--help")).stdout).toMatch(/timeline <id> +Why a device was refused/);
  for (const words of [["watch"], ["reasons"], ["device", "timeline"]]) {
    const { stdout } = await cli(...words, "--help");
    expect(stdout).toContain("Example:");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  }
});
