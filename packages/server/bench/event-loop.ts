import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { silentAudit } from "../src/audit/testing/silent-audit.ts";
import { listenForOperations } from "../src/http/control-server.ts";
import type { House } from "../src/open-house.ts";
import { runOperation } from "../src/operations/operations.ts";
import { openKeyRing } from "../src/provisioning/key-ring.ts";
import { cachedRegistry } from "../src/registry/cached-registry.ts";
import type { NewDevice } from "../src/registry/device-registry.ts";
import { openSqliteRegistry } from "../src/registry/sqlite/sqlite-registry.ts";
import { openDataFolder } from "../src/state/data-folder.ts";
import { measureStalls, nextTurn, type Stalls } from "./stall-meter.ts";

/**
 * Longest stall of the main thread's event loop in each bulk job, with 100 000 devices in the registry, beside that of
 * a loop with nothing to do in the same run: a machine that others use stalls by itself.
 *
 * `event-loop.ts [rounds] [only jobs with this in their name]`
 */
const fleet = 100_000;
const [, , rounds = "5", only = ""] = process.argv;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const base = mkdtempSync(join(tmpdir(), "connack-bench-"));
const folder = await openDataFolder(join(base, "data"));
const never = 2 ** 31 - 1;
const store = await openSqliteRegistry({ file: folder.file("registry.db"), create: true });
const registry = cachedRegistry(store, { sightingsEveryMs: never, enrolmentsEveryMs: never });
const options = { folder, configured: [], allowWeakKey: false, now: () => new Date() };
const keyRing = await openKeyRing({ ...options, schemes: ["jwt"] });
const house = { registry, keyRing, audit: silentAudit, nowMs: Date.now } as unknown as House;
const path = folder.file("connack.sock");
const run = (name: string, input: unknown) => runOperation(house, name, input);
const control = await listenForOperations({
  path,
  run,
  audit: silentAudit,
  onError: (error) => process.stderr.write(`${error}\n`),
});

const devices = (prefix: string, count = fleet) =>
  Array.from({ length: count }, (_, n) => deviceCalled(`${prefix}-${n}`));
await registry.importMany(devices("first"));

/** What is measured: `prepare` is not. */
interface Job {
  name: string;
  prepare?(round: number): Promise<unknown> | unknown;
  job(round: number): Promise<unknown>;
}

let imported: NewDevice[] = [];
const jobs: Job[] = [
  { name: "nothing, for a second", job: () => sleep(1000) },
  { name: "flush of 100 000 sightings", prepare: noteSightings, job: () => registry.flush() },
  { name: "flush of 10 000 enrolments", prepare: noteEnrolments, job: () => registry.flush() },
  {
    name: "import of 100 000",
    prepare(round) {
      imported = devices(`imported-${round}`);
    },
    job: () => registry.importMany(imported),
  },
  { name: "list of 1000", job: () => registry.list({ limit: 1000 }) },
  { name: "device.list of 1000, by socket", job: () => ask("device.list", { limit: 1000 }) },
  { name: "count", job: () => registry.count() },
  { name: "key.add HS256", job: () => run("key.add", { scheme: "jwt" }) },
  { name: "key.add ES256", job: () => run("key.add", { scheme: "jwt", algorithm: "ES256" }) },
  { name: "nothing, for a second", job: () => sleep(1000) },
];

/** A client in another thread: what it reads and parses is not the server's time. */
const client = new Worker(
  `const { parentPort } = require("node:worker_threads");
   const { request } = require("node:http");
   parentPort.on("message", ({ socketPath, name, input }) => {
     request({ socketPath, path: "/operations/" + name, method: "POST" }, (response) => {
       let bytes = 0;
       response.on("data", (chunk) => { bytes += chunk.length; });
       response.on("end", () => parentPort.postMessage(bytes));
     }).end(JSON.stringify(input));
   });`,
  { eval: true },
);

print("job", "took", "longest stall, GC too", "without GC", "in the best round", "turns > 1 ms");
for (const { name, prepare, job } of jobs) {
  if (!name.includes(only) && !name.startsWith("nothing")) continue;
  const measured: Stalls[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    await prepare?.(round);
    collectGarbage(); // that of the preparation is not the job's
    await sleep(100);
    measured.push(await measureStalls(() => job(round)));
  }
  const median = (read: (stalls: Stalls) => number) =>
    measured.map(read).sort((a, b) => a - b)[Math.floor(measured.length / 2)] ?? 0;
  const best = Math.min(...measured.map((each) => each.longestWithoutGcMs));
  const over = measured.map(({ over1Ms }) => over1Ms).join(" ");
  const [took, withGc, without] = [
    median((each) => each.tookMs),
    median((each) => each.longestMs),
    median((each) => each.longestWithoutGcMs),
  ];
  print(name, ms(took), ms(withGc), ms(without), ms(best), over);
}

await client.terminate();
control.close();
await registry.close();
await folder.release();
rmSync(base, { recursive: true, force: true });

function deviceCalled(id: string): NewDevice {
  return { id, status: "active", schemes: ["jwt"], group: "hall", attributes: { place: "roof" }, createdAt: 1000 };
}

async function noteSightings(round: number): Promise<void> {
  for (let n = 0; n < fleet; n++) {
    registry.noteSighting({ deviceId: `first-${n}`, at: 2000 + round, address: "192.0.2.1", clientId: `client-${n}` });
    if (n % 100 === 0) await nextTurn();
  }
}

async function noteEnrolments(round: number): Promise<void> {
  for (let n = 0; n < 10_000; n++) {
    registry.noteEnrolment(deviceCalled(`enrolled-${round}-${n}`));
    if (n % 100 === 0) await nextTurn();
  }
}

function ask(name: string, input: unknown): Promise<number> {
  return new Promise((resolve) => {
    client.once("message", resolve);
    client.postMessage({ socketPath: path, name, input });
  });
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function print(name: string, ...cells: string[]): void {
  process.stdout.write(`${name.padEnd(32)}${cells.map((cell) => cell.padStart(22)).join("")}\n`);
}
