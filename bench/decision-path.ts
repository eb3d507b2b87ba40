import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { hashPassword } from "@connack/credentials/verify";
import { compareSizes } from "./compare-sizes.ts";
import { passwordLogins } from "./load-job.ts";
import { type Measured, startGenerator } from "./measure.ts";
import { ourBin } from "./node-flags.ts";
import { readOptions, usage } from "./options.ts";
import { prepareFolder } from "./prepare-folder.ts";
import { residentMb, untilAtRest } from "./process-use.ts";
import { createProgress } from "./progress.ts";
import { renderTable } from "./render-table.ts";
import { type Contender, startConstant, startService } from "./start-servers.ts";
import { median, type Summary, summarize } from "./summarize.ts";

/** What a decision costs, beside a server that answers a constant; docs/performance.md explains it. */
const options = readOptionsOrExit();
const { seconds, rounds, devices } = options;
const { show, done } = createProgress();
const base = mkdtempSync(join(tmpdir(), "connack-bench-"));
const contenders: Contender[] = [];
const generator = startGenerator();
try {
  const made = {
    hmac: randomBytes(32).toString("base64url"),
    jwt: randomBytes(32).toString("base64url"),
    password: randomBytes(16).toString("base64url"),
  };
  const passwordHash = await hashPassword(made.password);
  const passwordDevices = passwordLogins.count * (rounds + 1);
  const folder = { keys: made, passwordDevices, passwordHash };
  const empty = join(base, "empty");
  mkdirSync(empty);
  const keys = { ...made, broker: await prepareFolder(empty, { ...folder, devices: 0, passwordDevices: 0 }) };

  show(`importing ${devices} devices`);
  const full = join(base, "full");
  cpSync(empty, full, { recursive: true });
  await prepareFolder(full, { ...folder, devices });
  const readyMs = await timesToReady();

  const summaries: Summary[] = [];
  let atRestMb = 0;
  if (options.only.length > 0) {
    contenders.push(await startConstant());
    for (const [at, bin] of [ourBin, ...options.beside].entries()) {
      const own = join(base, `service-${at}`);
      cpSync(full, own, { recursive: true });
      contenders.push(await startService(own, keys, serviceOf(bin, at)));
    }
    const ours = contenders[1] as Contender;
    await untilAtRest(ours.pid);
    atRestMb = residentMb(ours.pid).now;
    show("making the requests");
    await generator.prepare({ type: "prepare", keys, devices, loads: ["b-hmac", ...options.only] });
    summaries.push(...(await measureFirstLogins()));
    for (const load of options.only) summaries.push(...(await measureLoad(load)));
    await stopAll();
  }
  const sizes =
    options.sizes.length > 0 ? await compareSizes({ options, empty, base, keys, folder, generator, show }) : [];
  done();
  report(readyMs, atRestMb, summaries, sizes);
  if ([...summaries, ...sizes].some(({ wrong, lost }) => wrong + lost > 0)) process.exitCode = 1;

  /** Five starts, on the folder with all devices. */
  async function timesToReady(): Promise<number[]> {
    const times: number[] = [];
    for (let start = 1; start <= 5; start++) {
      show(`start ${start} of 5`);
      const service = await startService(full, keys);
      times.push(service.readyMs);
      await service.stop();
    }
    return times;
  }

  function serviceOf(bin: string, at: number) {
    return at === 0 ? { bin, name: "connack", profile: options.profile } : { bin, name: `beside ${at}` };
  }

  /** Every device once, by pattern b: nothing of it is in memory yet, and the code is not compiled yet. */
  async function measureFirstLogins(): Promise<Summary[]> {
    const each: Measured[] = [];
    for (const server of contenders) {
      show(`first logins: ${server.name}`);
      each.push(await generator.measure(server, { load: "b-hmac", seconds, devices, onceEach: true }));
    }
    return summarize("first", [each]);
  }

  async function measureLoad(load: (typeof options.only)[number]): Promise<Summary[]> {
    const measured: Measured[][] = [];
    for (let round = 0; round <= rounds; round++) {
      const each: Measured[] = [];
      for (const server of contenders) {
        show(`load ${load}, ${round === 0 ? "warming up" : `round ${round} of ${rounds}`}: ${server.name}`);
        const firstPassword = round * passwordLogins.count;
        each.push(await generator.measure(server, { load, seconds, firstPassword, devices }));
      }
      if (round > 0) measured.push(each);
    }
    return summarize(load, measured);
  }
} finally {
  done();
  await stopAll();
  generator.stop();
  rmSync(base, { recursive: true, force: true });
}

async function stopAll(): Promise<void> {
  await Promise.all(contenders.splice(0).map((server) => server.stop()));
}

function report(readyMs: number[], atRestMb: number, summaries: Summary[], sizes: Summary[]): void {
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    node: process.version,
  };
  if (options.json) {
    const { seconds: each, rounds: count } = options;
    const told = { machine, seconds: each, rounds: count, devices, readyMs, atRestMb, loads: summaries, sizes };
    process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
    return;
  }
  const ready = `ready after ${median(readyMs).toFixed(0)} ms (longest of ${readyMs.length}: ${Math.max(...readyMs).toFixed(0)} ms)`;
  process.stdout.write(`${machine.date}, ${machine.cores} × ${machine.cpu}, Node ${machine.node}\n`);
  process.stdout.write(`${devices} devices: ${ready}; ${atRestMb.toFixed(0)} MB before the first login\n\n`);
  if (summaries.length > 0) process.stdout.write(renderTable(summaries));
  if (sizes.length > 0) process.stdout.write(`\n${renderTable(sizes)}`);
}

function readOptionsOrExit() {
  try {
    const read = readOptions(process.argv.slice(2));
    if (read !== "help") return read;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}
