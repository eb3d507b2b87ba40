import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunningConnack, removeFolder, startConnack } from "../test/run-connack.ts";
import { simulateReport } from "../test/simulate-runs.ts";

const devices = 2000;
/** Memory after a storm, as a multiple of what it was before. */
const mostGrowth = 1.2;

let server: RunningConnack;

beforeAll(async () => {
  server = await startConnack({ env: { CONNACK_BROKERS_EMBEDDED_MAX_CONNECTIONS: "3000" } });
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

/** Resident memory in megabytes, each second, with the time. */
function watchMemory(pid: number) {
  const samples: { atMs: number; rss: number }[] = [];
  const look = () => {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    samples.push({ atMs: Date.now(), rss: Number(kilobytes) / 1000 });
  };
  const timer = setInterval(look, 1000);
  look();
  return {
    /** The last before the time. */
    before: (atMs: number) => samples.filter((sample) => sample.atMs <= atMs).at(-1)?.rss ?? 0,
    latest: () => samples.at(-1)?.rss ?? 0,
    peak: () => Math.max(...samples.map(({ rss }) => rss)),
    stop: () => clearInterval(timer),
  };
}

it("warms up", async () => {
  const args = [
    `mqtt://127.0.0.1:${server.mqttPort}`,
    "--devices",
    String(devices),
    "--ramp",
    "15s",
    "--duration",
    "5s",
  ];
  const { code } = await simulateReport(server.folder, args, 180_000);
  expect(code).toBe(0);
});

it.each(["restart", "network", "expiry"])("all are back from the %s storm, and memory is as before", async (storm) => {
  const memory = watchMemory(server.pid);
  const args = [`mqtt://127.0.0.1:${server.mqttPort}`, "--devices", String(devices), "--storm", storm, "--rogue", "5%"];
  const { code, report } = await simulateReport(
    server.folder,
    [...args, "--ramp", "20s", "--duration", "60s"],
    300_000,
  );
  await sleep(2000);
  memory.stop();
  const beganAtMs = Date.parse(report.storms[0]?.beganAt ?? "");
  const ofServer = { before: memory.before(beganAtMs), after: memory.latest(), peak: memory.peak() };
  process.stdout.write(`${JSON.stringify({ ...report, serverMemory: ofServer })}\n`);
  expect(report).toMatchObject({
    ok: true,
    problems: [],
    devices: { connectedAtEnd: devices },
    storms: [{ kind: storm, stillAway: 0 }],
    messages: { lost: 0, waiting: 0, dropped: 0 },
    rogues: { clients: devices / 20 },
  });
  expect(code).toBe(0);
  const { connected, settled } = report.memory;
  // What is in use. Pages that the burst has left empty V8 gives back when it is idle.
  expect(settled?.heap).toBeLessThanOrEqual((connected?.heap ?? 0) * mostGrowth);
  expect(ofServer.after).toBeLessThanOrEqual(ofServer.before * mostGrowth);
});
