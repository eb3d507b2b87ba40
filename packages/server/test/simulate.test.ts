import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningConnack, removeFolder, startConnack, temporaryFolder } from "./run-connack.ts";
import { killSimulations, simulate, simulateReport, startSimulation } from "./simulate-runs.ts";

let server: RunningConnack;
let url: string;

beforeAll(async () => {
  // A token that is over is refused at once: rogues have such.
  server = await startConnack({ env: { CONNACK_CREDENTIALS_JWT_LEEWAY: "0s" } });
  url = `mqtt://127.0.0.1:${server.mqttPort}`;
});
afterAll(async () => {
  killSimulations();
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

/** Devices of simulations that are registered. */
async function left(slot: number): Promise<number> {
  const group = `connack-simulate-${slot}`;
  const { devices } = await server.json<{ devices: unknown[] }>("device", "list", "--group", group, "--limit", "1000");
  return devices.length;
}

/** Everything that a run of devices which lose nothing says. */
function lostNothing(devices: number) {
  return {
    ok: true,
    problems: [],
    devices: { asked: devices, connectedAtEnd: devices },
    messages: { lost: 0, waiting: 0, dropped: 0, refused: 0 },
  };
}

const brisk = ["--ramp", "1s", "--publish-every", "1s", "--rogue-every", "1s"];

describe.concurrent("a fleet of real devices", () => {
  it("comes back from a restart storm with rogues about, and loses nothing", async () => {
    const args = [url, ...brisk, "--devices", "40", "--duration", "8s", "--storm", "restart", "--rogue", "20%"];
    const { code, report } = await simulateReport(server.folder, args);
    expect(report).toMatchObject({ ...lostNothing(40), scheme: "jwt", mqtt: "3.1.1", url });
    expect(code).toBe(0);
    expect(report.connects).toMatchObject({ attempts: 80, accepted: 80, refused: {}, failed: {} });
    expect(report.messages.published).toBeGreaterThan(100);
    expect(report.messages.received).toBe(report.messages.published);
    const [storm] = report.storms;
    expect(storm).toMatchObject({ kind: "restart", hit: 40, stillAway: 0, recoveredAfterSeconds: expect.any(Number) });
    expect(storm?.peakConnectsPerSecond).toBeGreaterThan(0);
    // Two pairs of twins, who get in; two wrong keys and two dead tokens, again and again.
    expect(report.rogues.clients).toBe(8);
    expect(report.rogues.accepted).toBeGreaterThanOrEqual(6);
    expect(report.rogues.refused).toEqual({ 4: expect.any(Number) });
    const reasons = new Map(report.reasons.map(({ reason, count }) => [reason, count]));
    expect(reasons.get("bad_signature")).toBeGreaterThanOrEqual(4);
    expect(reasons.get("token_expired")).toBeGreaterThanOrEqual(4);
    const { start, connected, settled, peakRss, end } = report.memory;
    for (const heap of [start.heap, connected?.heap, settled?.heap, end.heap]) expect(heap).toBeGreaterThan(5);
    expect(peakRss).toBeGreaterThanOrEqual(end.rss);
  });

  it("renews all tokens together in an expiry storm, with MQTT 5", async () => {
    const args = [url, ...brisk, "--devices", "30", "--duration", "20s", "--storm", "expiry", "--mqtt", "5"];
    const { code, report } = await simulateReport(server.folder, args);
    expect(report).toMatchObject({ ...lostNothing(30), mqtt: "5" });
    expect(code).toBe(0);
    // Each connected once with a token for the storm, and once with one for later.
    expect(report.storms).toMatchObject([{ kind: "expiry", hit: 30, stillAway: 0, refused: {} }]);
    expect(report.connects.accepted).toBe(60);
  });

  it("comes back from a network storm with xiaozhi credentials", async () => {
    const storm = ["--storm", "network", "--outage", "2s"];
    const args = [url, ...brisk, "--devices", "40", "--duration", "8s", "--scheme", "xiaozhi-hmac", ...storm];
    const { code, report } = await simulateReport(server.folder, args);
    expect(report).toMatchObject(lostNothing(40));
    expect(code).toBe(0);
    const [{ hit, recoveredAfterSeconds } = { hit: 0 }] = report.storms;
    // Half of forty at random: fewer than four or more than 36 in one of ten million runs.
    expect(hit).toBeGreaterThan(3);
    expect(hit).toBeLessThan(37);
    expect(report.connects.accepted).toBe(40 + hit);
    expect(recoveredAfterSeconds).toBeGreaterThanOrEqual(2);
  });

  it("connects with passwords, and tells it as text", async () => {
    const args = [url, ...brisk, "--devices", "15", "--duration", "3s", "--scheme", "password"];
    const { code, stdout } = await simulate(server.folder, args);
    expect(stdout).toMatch(/^run +sim-\d: 15 devices, password, MQTT 3\.1\.1/);
    expect(stdout).toMatch(/^devices +15 of 15 connected at the end$/m);
    expect(stdout).toMatch(/^connect time +p50 [\d.]+ ms, p99 [\d.]+ ms, max [\d.]+ ms$/m);
    expect(stdout).toMatch(/^messages +(\d+) sent, \1 received, 0 lost, 0 duplicated$/m);
    expect(stdout).toContain("Every legitimate device was there at the end, and nothing was lost.\n");
    expect(code).toBe(0);
  });
});

it("leaves no identity, no rights and no slot behind", async () => {
  for (const slot of [1, 2, 3, 4]) expect(await left(slot)).toBe(0);
  const { groups } = await server.json<{ groups: unknown[] }>("acl", "show", "--groups");
  expect(groups).toEqual([]);
  const { embedded } = await server.json<{ embedded: { connected: number } }>("status");
  expect(embedded.connected).toBe(0);
});

const long = ["--devices", "30", "--ramp", "0", "--duration", "1h"];

it("removes its identities after Ctrl-C, and still reports", async () => {
  const running = startSimulation(server.folder, [url, ...long, "--json"]);
  await running.said(/"phase":"running","connected":30/);
  expect(await left(1)).toBe(30);
  running.kill("SIGINT");
  const { code, stdout } = await running.ended;
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: ["it was interrupted"] });
  expect(code).toBe(1);
  expect(await left(1)).toBe(0);
});

it("removes what a killed run has left: by itself, and when asked", async () => {
  for (const how of ["next", "clean-up"]) {
    const running = startSimulation(server.folder, [url, ...long]);
    await running.said(/running, .*30 of 30 connected/);
    // One that runs is left alone.
    const spared = await simulate(server.folder, ["--clean-up"]);
    expect([spared.code, spared.stdout]).toEqual([0, "nothing is left of earlier simulations\n"]);
    running.kill("SIGKILL");
    await running.ended;
    expect(await left(1)).toBe(30);
    const args = how === "next" ? [url, "--devices", "2", "--ramp", "0", "--duration", "1s"] : ["--clean-up"];
    const { code, stdout, stderr } = await simulate(server.folder, args);
    expect(stderr).toContain("30 identities of an earlier simulation are left: removing them");
    if (how === "clean-up") expect(stdout).toBe("30 removed\n");
    expect(code).toBe(0);
    expect(await left(1)).toBe(0);
  }
});

it("runs the command that restarts the broker, and says when it fails", async () => {
  const quick = [url, "--devices", "10", "--ramp", "0", "--duration", "2s", "--storm", "restart"];
  const restarted = await simulateReport(server.folder, [...quick, "--restart-command", "touch restarted"]);
  expect(existsSync(join(server.folder, "restarted"))).toBe(true);
  // Nobody was cut: that is the command's business.
  expect(restarted.report).toMatchObject({ ok: true, connects: { accepted: 10 } });
  const failed = await simulate(server.folder, [...quick, "--restart-command", "exit 3"]);
  expect(failed.stderr).toContain("--restart-command ended with 3: exit 3");
  expect(failed.code).toBe(1);
  expect(await left(1)).toBe(0);
});

it("says which server it wants where none runs, and makes no folder", async () => {
  const folder = temporaryFolder();
  const { code, stderr } = await simulate(folder, [url, "--json"]);
  expect(JSON.parse(stderr)).toMatchObject({
    error: {
      code: "not_running",
      message: expect.stringContaining("no server runs on the data folder"),
      next: expect.stringContaining("connack serve"),
    },
  });
  expect([code, existsSync(join(folder, "connack-data"))]).toEqual([69, false]);
  removeFolder(folder);
});

it("tries the broker with one device first", async () => {
  const closed = await simulate(server.folder, ["mqtt://127.0.0.1:1", "--devices", "30"]);
  expect(closed.stderr).toContain("connack: the broker at 127.0.0.1:1 cannot be reached: ");
  expect(closed.code).toBe(69);
  expect(await left(1)).toBe(0);
});
