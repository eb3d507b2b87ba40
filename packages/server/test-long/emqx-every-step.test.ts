import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type EmqxBench, filesBelow, openBench, randomSecret } from "../test/emqx-commands.ts";
import { database, openForeign } from "../test/emqx-foreign.ts";
import { killAt, probeAllTheTime } from "../test/emqx-killed-command.ts";
import { isChange, troubles } from "../test/emqx-troubles.ts";

const apply = "emqx apply --yes --no-verify";
const rollback = "emqx rollback --yes";
const settings = "otherAuthenticators: disable, ingest: true, timeout: 1s";

let bench: EmqxBench;
afterEach(() => bench.close());

/** Every file is whole, readable for us alone, and holds no secret. */
function expectWholeFiles(): void {
  const files = filesBelow(join(bench.folder, "connack-data", "emqx")).filter(({ path }) => !path.endsWith(".lock"));
  for (const { path, text, mode } of files) {
    expect([path.endsWith(".json"), mode], path).toEqual([true, 0o600]);
    expect(() => JSON.parse(text), path).not.toThrow();
    for (const secret of bench.secrets) expect(text.includes(secret), path).toBe(false);
  }
}

async function succeed(line: string): Promise<void> {
  const { code, stderr } = await bench.run(line);
  expect([line, code, stderr]).toEqual([line, 0, expect.not.stringContaining("connack:")]);
}

/** Applied to its end, and back; or back at once. */
async function expectWayBack(before: unknown, { overApply }: { overApply: boolean }): Promise<void> {
  if (overApply) {
    await succeed(apply);
    expect((await bench.run("emqx plan")).code).toBe(0);
  }
  await succeed(rollback);
  expect(await bench.dump()).toEqual(before);
}

type Trouble = (typeof troubles)[number];

/** At the change of this number, counted from 0, or at the first look at what came of it. */
async function runWith([, answer, code]: Trouble, line: string, step: number, at: "change" | "look"): Promise<boolean> {
  let changes = 0;
  let hits = 0;
  bench.emqx.intercept = (request) => {
    const isThis = isChange(request) ? changes++ === step && at === "change" : changes === step + 1 && at === "look";
    if (!isThis || hits > 0) return undefined;
    hits += 1;
    return answer;
  };
  const from = bench.emqx.calls.length;
  const result = await bench.run(line);
  bench.emqx.intercept = undefined;
  if (hits === 0) expect([result.code, result.stderr]).toEqual([0, expect.not.stringContaining("connack:")]);
  // EMQX does not tell the emptied cache, and a look that was cut is tried again.
  else if (result.code !== 0) {
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(/Stopped at: .+Next: /s)]);
    expect(result.stderr).toMatch(/Done: .*Not done: /s);
  } else expect([at, "cut" in answer]).toEqual(["look", true]);
  if (at === "change") {
    expect(result.code === 0).toBe(hits === 0);
    // What was too late for us is done all the same.
    const done = () => bench.emqx.calls.slice(from).filter(isChange).length;
    if ("delayMs" in answer) await vi.waitFor(() => expect(done()).toBe(changes), 20_000);
  }
  expectWholeFiles();
  return hits > 0;
}

describe.each(["change", "look"] as const)("a fault at each %s", (at) => {
  it.each(troubles)("%s: apply and rollback are told so, and finished by the next try", async (...trouble) => {
    bench = await openForeign();
    bench.configure(settings);
    const before = await bench.dump();
    let [applied, undone] = [0, 0];
    while (await runWith(trouble, apply, applied, at)) {
      await expectWayBack(before, { overApply: applied % 2 === 0 });
      applied += 1;
    }
    await succeed(rollback);
    for (;;) {
      await succeed(apply);
      if (!(await runWith(trouble, rollback, undone, at))) break;
      await expectWayBack(before, { overApply: undone % 2 === 1 });
      undone += 1;
    }
    expect(await bench.dump()).toEqual(before);
    process.stdout.write(`${trouble[0]} at a ${at}: ${applied} steps of apply, ${undone} of rollback\n`);
    expect(Math.min(applied, undone)).toBeGreaterThan(at === "change" ? 11 : 10);
  });
});

it("what EMQX does late, while the next command runs, is taken back by the one after it", async () => {
  bench = await openForeign();
  bench.configure(settings);
  const before = await bench.dump();
  for (const next of [rollback, apply]) {
    for (let step = 0; ; step += 1) {
      let [changes, isLate] = [0, false];
      bench.emqx.intercept = (request) => {
        if (!isChange(request) || changes++ !== step) return undefined;
        isLate = true;
        return { delayMs: 1600 };
      };
      const from = bench.emqx.calls.length;
      await bench.run(apply);
      bench.emqx.intercept = undefined;
      await bench.run(next);
      const sent = () => bench.emqx.calls.slice(from).filter(isChange).length;
      if (isLate) await vi.waitFor(() => expect(sent()).toBeGreaterThan(changes - 1), 20_000);
      await new Promise((resolve) => setTimeout(resolve, 700));
      await succeed(rollback);
      expect(await bench.dump(), `step ${step}, then ${next}`).toEqual(before);
      if (!isLate) {
        expect(step).toBeGreaterThan(11);
        break;
      }
    }
  }
});

describe("killed with SIGKILL at each step", () => {
  it.each(["apply", "rollback"] as const)(
    "of %s, the next one finishes or takes back, and nobody gets in",
    async (command) => {
      const secret = randomSecret();
      const jwt = { mechanism: "jwt", use_jwks: false, algorithm: "hmac-based", secret, verify_claims: {} };
      bench = await openBench({ authenticators: [database, jwt] });
      bench.secrets.push(secret);
      bench.configure("otherAuthenticators: disable, ingest: true");
      const before = await bench.dump();
      const end = probeAllTheTime(bench);
      let step = 0;
      for (; ; step += 1) {
        for (const overApply of [false, true]) {
          if (command === "rollback") await succeed(apply);
          const wasKilled = await killAt(bench, command, step);
          if (!wasKilled) {
            await bench.run(rollback);
            expect(await bench.dump()).toEqual(before);
            expect([...(await end())]).toEqual([5]);
            process.stdout.write(`${command}: killed at ${step} steps, twice each\n`);
            expect(step).toBeGreaterThan(9);
            return;
          }
          await expectWayBack(before, { overApply });
          expectWholeFiles();
        }
      }
    },
  );
});
