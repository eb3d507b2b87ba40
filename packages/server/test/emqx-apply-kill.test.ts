import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { ourBin } from "../../../bench/node-flags.ts";
import { type EmqxBench, filesBelow, openBench, randomSecret } from "./emqx-commands.ts";
import { probeConnect } from "./probe-connect.ts";

let bench: EmqxBench;
afterEach(() => bench.close());

/** What a killed process had begun to write is gone when the next one is done. */
function expectNothingUnfinished(): void {
  const files = filesBelow(join(bench.folder, "connack-data", "emqx"));
  expect(files.filter(({ path }) => path.endsWith(".tmp"))).toEqual([]);
}

const database = { mechanism: "password_based", backend: "built_in_database", user_id_type: "username" };
const settings = "otherAuthenticators: disable, ingest: true";

/** An EMQX that lets nobody in whom it does not know. */
async function openClosed(): Promise<void> {
  const secret = randomSecret();
  bench = await openBench({
    authenticators: [
      database,
      { mechanism: "jwt", use_jwks: false, algorithm: "hmac-based", secret, verify_claims: {} },
    ],
  });
  bench.secrets.push(secret);
  bench.configure(settings);
}

const isChange = ({ method, path }: { method: string; path: string }) => method !== "GET" && !path.includes("probe");

it("asked to stop, it ends after the step it is in", async () => {
  await openClosed();
  const before = await bench.dump();
  const child = start("apply");
  const ended = once(child, "close");
  let changes = 0;
  bench.emqx.intercept = (request) => {
    if (isChange(request) && changes++ === 3) child.kill("SIGINT");
    return undefined;
  };
  expect(await ended).toEqual([1, null]);
  expect(changes).toBe(4);
  bench.emqx.intercept = undefined;
  expect((await bench.run("emqx rollback --yes")).code).toBe(0);
  expect(await bench.dump()).toEqual(before);
});

function start(command: "apply" | "rollback"): ChildProcess {
  const flags = command === "apply" ? ["--yes", "--no-verify"] : ["--yes"];
  const { PATH = "", HOME = "" } = process.env;
  return spawn(process.execPath, [ourBin, "emqx", command, ...flags], {
    cwd: bench.folder,
    env: { PATH, HOME },
    stdio: "ignore",
  });
}

/** Runs the real program and kills it when EMQX hears of the change of this number; EMQX does it all the same. */
async function killAt(command: "apply" | "rollback", step: number): Promise<void> {
  const child = start(command);
  const ended = once(child, "close");
  let changes = 0;
  bench.emqx.intercept = async (request) => {
    if (isChange(request) && changes++ === step) {
      child.kill("SIGKILL");
      await ended;
    }
    return undefined;
  };
  const [code, signal] = await ended;
  expect([code, signal], `${command} was not killed at ${step}`).toEqual([null, "SIGKILL"]);
  bench.emqx.intercept = undefined;
  // What it was killed at is done by then.
  await bench.get("/authentication");
}

/** Unknown clients all the time; gives what they were answered. */
function probeAllTheTime(): () => Promise<Set<number>> {
  const codes = new Set<number>();
  let isOver = false;
  const probing = (async () => {
    while (!isOver) {
      codes.add(await probeConnect(bench.emqx.listeners.tcp));
      await sleep(2);
    }
  })();
  return async () => {
    isOver = true;
    await probing;
    return codes;
  };
}

it("the prober sees a broker that is open", async () => {
  bench = await openBench();
  expect(await probeConnect(bench.emqx.listeners.tcp)).toBe(0);
  expect((await bench.run("emqx apply --yes --no-verify")).code).toBe(0);
  expect(await probeConnect(bench.emqx.listeners.tcp)).toBe(5);
});

it("an unknown client is let in at no moment between two calls of apply and rollback", async () => {
  await openClosed();
  const codes: number[] = [];
  bench.emqx.intercept = async () => {
    codes.push(await probeConnect(bench.emqx.listeners.tcp));
    return undefined;
  };
  for (const more of ["", ", position: rear", `, jwt: {enabled: true, secret: "${randomSecret()}"}`]) {
    bench.configure(settings + more);
    const takeOver = more.includes("jwt") ? " --take-over" : "";
    expect((await bench.run(`emqx apply --yes --no-verify${takeOver}`)).code, more).toBe(0);
    expect((await bench.run("emqx rollback --yes")).code, more).toBe(0);
  }
  expect(codes.length).toBeGreaterThan(100);
  expect([...new Set(codes)]).toEqual([5]);
});

it("killed while it changes EMQX, it is followed by one that finishes or takes back, and nobody gets in", async () => {
  await openClosed();
  const before = await bench.dump();
  const end = probeAllTheTime();
  for (const [step, finish] of [
    [0, "emqx apply --yes --no-verify"],
    [3, "emqx rollback --yes"],
    [8, "emqx apply --yes --no-verify"],
  ] as const) {
    await killAt("apply", step);
    const finished = await bench.run(finish);
    expect([finished.code, finished.stderr]).toEqual([0, ""]);
    if (finish.startsWith("emqx apply")) {
      expect((await bench.run("emqx plan")).code).toBe(0);
      expect((await bench.run("emqx rollback --yes")).code).toBe(0);
    }
    expect(await bench.dump()).toEqual(before);
  }
  for (const step of [1, 5, 9]) {
    expect((await bench.run("emqx apply --yes --no-verify")).code).toBe(0);
    await killAt("rollback", step);
    expect((await bench.run("emqx rollback --yes")).code).toBe(0);
    expect(await bench.dump()).toEqual(before);
  }
  expect([...(await end())]).toEqual([5]);
  expectNothingUnfinished();
});

it("two that are killed one after the other leave nothing that a third cannot finish", async () => {
  await openClosed();
  const before = await bench.dump();
  await killAt("apply", 2);
  await killAt("apply", 1);
  await killAt("rollback", 1);
  expect((await bench.run("emqx apply --yes --no-verify")).code).toBe(0);
  expect((await bench.run("emqx plan")).code).toBe(0);
  expect((await bench.run("emqx rollback --yes")).code).toBe(0);
  expect(await bench.dump()).toEqual(before);
});
