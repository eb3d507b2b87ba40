import { once } from "node:events";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { type EmqxBench, filesBelow, openBench, randomSecret } from "./emqx-commands.ts";
import { database } from "./emqx-foreign.ts";
import { killAt, probeAllTheTime, startCommand } from "./emqx-killed-command.ts";
import { isChange } from "./emqx-troubles.ts";
import { probeConnect } from "./probe-connect.ts";

let bench: EmqxBench;
afterEach(() => bench.close());

/** What a killed process had begun to write is gone when the next one is done. */
function expectNothingUnfinished(): void {
  const files = filesBelow(join(bench.folder, "connack-data", "emqx"));
  expect(files.filter(({ path }) => path.endsWith(".tmp"))).toEqual([]);
}

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

it("asked to stop, it ends after the step it is in", async () => {
  await openClosed();
  const before = await bench.dump();
  const child = startCommand(bench, "apply");
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

/** Two steps of apply and one of rollback; test-long has all of them. */
it("killed while it changes EMQX, it is followed by one that finishes or takes back, and nobody gets in", async () => {
  await openClosed();
  const before = await bench.dump();
  const end = probeAllTheTime(bench);
  for (const [step, finish] of [
    [3, "emqx rollback --yes"],
    [8, "emqx apply --yes --no-verify"],
  ] as const) {
    expect(await killAt(bench, "apply", step)).toBe(true);
    const finished = await bench.run(finish);
    expect([finished.code, finished.stderr]).toEqual([0, ""]);
    if (finish.startsWith("emqx apply")) {
      expect((await bench.run("emqx plan")).code).toBe(0);
      expect((await bench.run("emqx rollback --yes")).code).toBe(0);
    }
    expect(await bench.dump()).toEqual(before);
  }
  for (const step of [5]) {
    expect((await bench.run("emqx apply --yes --no-verify")).code).toBe(0);
    expect(await killAt(bench, "rollback", step)).toBe(true);
    expect((await bench.run("emqx rollback --yes")).code).toBe(0);
    expect(await bench.dump()).toEqual(before);
  }
  expect([...(await end())]).toEqual([5]);
  expectNothingUnfinished();
});

it("two that are killed one after the other leave nothing that a third cannot finish", async () => {
  await openClosed();
  const before = await bench.dump();
  expect(await killAt(bench, "apply", 2)).toBe(true);
  expect(await killAt(bench, "apply", 1)).toBe(true);
  expect(await killAt(bench, "rollback", 1)).toBe(true);
  expect((await bench.run("emqx apply --yes --no-verify")).code).toBe(0);
  expect((await bench.run("emqx plan")).code).toBe(0);
  expect((await bench.run("emqx rollback --yes")).code).toBe(0);
  expect(await bench.dump()).toEqual(before);
});
