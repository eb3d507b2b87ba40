// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CommandResult, type EmqxBench, filesBelow, openBench, randomSecret } from "./emqx-commands.ts";
import { database, openForeign as openForeignBench } from "./emqx-foreign.ts";
import type { InterceptAnswer, StandInOptions } from "./emqx-stand-in/start-stand-in.ts";
import { isChange, troubles } from "./emqx-troubles.ts";
import { freePort } from "./free-port.ts";
import { runConnack, startConnack } from "./run-connack.ts";

let bench: EmqxBench;
const outputs: CommandResult[] = [];

async function open(options?: StandInOptions): Promise<EmqxBench> {
  bench = await openBench(options);
  return bench;
}

/** Runs it and keeps what it said. */
async function run(line: string): Promise<CommandResult> {
  const result = await bench.run(line);
  outputs.push(result);
  return result;
}

const apply = "emqx apply --yes --no-verify";

/** Neither what was said nor what was written may hold a secret, nor is there anything half-written. */
afterEach(async () => {
  const said = outputs
    .splice(0)
    .map(({ stdout, stderr }) => stdout + stderr)
    .join("\n");
  const place = join(bench.folder, "connack-data", "emqx");
  const files = existsSync(place) ? filesBelow(place) : [];
  const kept = files.filter(({ path }) => !path.endsWith("connack.lock"));
  for (const secret of bench.secrets) {
    expect(said.includes(secret), "a secret was printed").toBe(false);
    for (const { path, text } of kept) expect(text.includes(secret) || path.includes(secret), path).toBe(false);
  }
  expect(kept.filter(({ path, mode }) => path.endsWith(".tmp") || mode !== 0o600)).toEqual([]);
  await bench.close();
});

/** As an EMQX that others have set up. */
async function openForeign(): Promise<EmqxBench> {
  bench = await openForeignBench();
  return bench;
}

const ids = async () =>
  ((await bench.get("/authentication")) as { id: string; enable: boolean }[]).map(
    ({ id, enable }) => `${id} ${enable}`,
  );

describe("a new EMQX", () => {
  it("is set up, has nothing to do then, and becomes what it was", async () => {
    await open();
    const fresh = await bench.dump();
    const first = await run("emqx plan");
    expect([first.code, first.stderr]).toEqual([2, ""]);
    expect(await bench.dump()).toEqual(fresh);
    expect((await run(apply)).code).toBe(0);
    expect(await ids()).toEqual(["password_based:http true"]);
    expect((await run("emqx plan")).code).toBe(0);
    const calls = bench.emqx.calls.length;
    expect(await run(apply)).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing to do") });
    expect(
      bench.emqx.calls.slice(calls).filter(({ method, path }) => method !== "GET" && !path.includes("probe")),
    ).toEqual([]);
    const refused = await run("emqx rollback --yes");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("WILL LET EVERYBODY IN")]);
    expect((await run("emqx rollback --yes --open-broker")).code).toBe(0);
    expect(await bench.dump()).toEqual(fresh);
    expect((await run("emqx plan")).stdout).toBe(first.stdout);
    expect((await run("emqx rollback --yes")).stdout).toContain("Nothing to take back");
  });

  it("asks nobody where there is nobody to ask, and a lock keeps a second one away", async () => {
    await open();
    expect(await run("emqx apply")).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
    expect(await run("emqx rollback")).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
    const both = await Promise.all([run(apply), run(apply)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.filter(({ stdout }) => stdout.includes("Nothing to do"))).toHaveLength(1);
  });

  it("is left alone where it does not reach Connack", async () => {
    await open();
    bench.configure('connackUrl: "http://127.0.0.1:9"');
    const refused = await run("emqx apply --yes");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("does not reach Connack")]);
    expect(await ids()).toEqual([]);
    expect((await run("emqx plan")).stdout).toContain("EMQX cannot reach Connack");
    expect((await run(apply)).code).toBe(0);
  });

  it("gets our secrets again when the data folder does not know that it has them, or when asked", async () => {
    await open();
    await run(apply);
    const again = await bench.json("emqx plan --again");
    expect(JSON.stringify(again["steps"])).toContain("****** (new)");
    expect(again["steps"]).toHaveLength(2);
    expect((await run(`${apply} --again`)).code).toBe(0);
    expect((await run("emqx plan")).code).toBe(0);
  });
});

describe("an EMQX of others", () => {
  it.each(["", "position: rear", "otherAuthenticators: disable", "ingest: true, events: {deniedTopics: false}"])(
    "is byte for byte what it was after apply and rollback (%s)",
    async (settings) => {
      await openForeign();
      bench.configure(settings);
      const before = await bench.dump();
      const first = await run("emqx plan --json");
      expect(first.code).toBe(2);
      expect((await run(apply)).code).toBe(0);
      expect(await ids()).toEqual(
        settings.startsWith("position")
          ? ["password_based:built_in_database true", "jwt true", "password_based:http true"]
          : [
              "password_based:http true",
              ...["password_based:built_in_database", "jwt"].map((id) => `${id} ${!settings.startsWith("other")}`),
            ],
      );
      expect((await run(apply)).stdout).toContain("Nothing to do");
      expect(await run("emqx rollback --yes")).toMatchObject({ code: 0 });
      expect(await bench.dump()).toEqual(before);
      expect(JSON.parse((await run("emqx plan --json")).stdout)).toEqual(JSON.parse(first.stdout));
    },
  );

  it("comes back over several changes of ours; the latest alone comes back, too", async () => {
    await openForeign();
    const before = await bench.dump();
    await run(apply);
    const first = await bench.dump();
    bench.configure(
      "otherAuthenticators: disable, denyAction: ignore, autoSubscribe: [], events: {enabled: false}, poolSize: 3",
    );
    await run(apply);
    expect((await run("emqx plan")).code).toBe(0);
    const { snapshots } = await bench.json("emqx rollback --list");
    const names = (snapshots as unknown as { name: string }[]).map(({ name }) => name);
    expect(names).toHaveLength(2);
    bench.configure();
    await run(apply);
    expect((await run("emqx plan")).code).toBe(0);
    const rulesOf = (dump: Record<string, unknown>) => JSON.stringify(dump["/authentication"]);
    expect(rulesOf(await bench.dump())).not.toBe(rulesOf(first));
    await bench.change("POST", "/banned", {
      as: "clientid",
      who: "lamp",
      by: "connack",
      reason: "",
      until: "2030-01-01T00:00:00Z",
    });
    await bench.change("POST", "/banned", {
      as: "clientid",
      who: "x",
      by: "somebody",
      reason: "",
      until: "2030-01-01T00:00:00Z",
    });
    const back = await run("emqx rollback --yes");
    expect([back.code, back.stdout]).toEqual([0, expect.stringContaining("EMQX still holds 1 ban of devices")]);
    expect(await bench.dump()).toEqual(before);
  });

  it("keeps our token where the latest change alone is taken back, and the address with it", async () => {
    await openForeign();
    await run(apply);
    const first = await bench.dump();
    bench.configure('connackUrl: "http://127.0.0.1:9"');
    expect((await run(apply)).code).toBe(0);
    const { snapshots } = await bench.json("emqx rollback --list");
    const latest = (snapshots as unknown as { name: string }[]).at(-1)?.name;
    expect(await run(`emqx rollback ${latest} --yes`)).toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining("had"),
    });
    expect(await bench.dump()).toEqual(first);
    expect(await run(`emqx rollback ${latest} --yes`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("already"),
    });
    expect(await run("emqx rollback nothing --yes")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("none"),
    });
  });

  it("keeps what somebody has changed since, and is told of it", async () => {
    await openForeign();
    await run(apply);
    await bench.change("PUT", "/authorization/settings", {
      ...((await bench.get("/authorization/settings")) as object),
      cache: { enable: false, max_size: 9, ttl: "3m", excludes: [] },
    });
    await bench.change("PUT", "/mqtt/auto_subscribe", [
      { topic: "new/1", qos: 0 },
      ...((await bench.get("/mqtt/auto_subscribe")) as object[]),
    ]);
    const undone = await run("emqx rollback --yes");
    expect([undone.code, undone.stdout]).toEqual([0, expect.stringContaining("was changed by somebody since")]);
    expect(await bench.get("/authorization/settings")).toMatchObject({
      no_match: "allow",
      deny_action: "disconnect",
      cache: { enable: false, max_size: 9, ttl: "3m" },
    });
    expect(((await bench.get("/mqtt/auto_subscribe")) as { topic: string }[]).map(({ topic }) => topic)).toEqual([
      "new/1",
      "theirs/${username}",
    ]);
  });

  it("gives way where its authenticator can be brought back, and is not overwritten unasked where not", async () => {
    const theirs = { mechanism: "password_based", backend: "http", method: "post", url: "http://127.0.0.1:9/login" };
    const headers = { "content-type": "application/json", "x-api-key": "theirs" };
    const body = { user: "${username}", password: "${password}" };
    await open({ authenticators: [{ ...theirs, headers, body, pool_size: 3 }] });
    const before = await bench.dump();
    expect((await run(apply)).code).toBe(0);
    expect(await ids()).toEqual(["password_based:http true"]);
    expect((await run("emqx plan")).code).toBe(0);
    expect((await run("emqx rollback --yes")).code).toBe(0);
    expect(await bench.dump()).toEqual(before);
    await bench.change("PUT", "/authentication/password_based:http", {
      ...theirs,
      headers: { ...headers, authorization: "Basic theirs" },
      body,
    });
    const refused = await run(apply);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("EMQX was not changed")]);
    expect((await run("emqx plan")).code).toBe(1);
    const taken = await run(`${apply} --take-over`);
    expect([taken.code, taken.stdout]).toEqual([0, expect.stringContaining("LOST")]);
    const back = await run("emqx rollback --yes");
    expect([back.code, back.stdout]).toEqual([0, expect.stringContaining("cannot be brought back")]);
    // Our bearer token must not stay behind where EMQX asks somebody else.
    const [left] = (await bench.get("/authentication")) as { url: string; headers: object }[];
    expect([left?.url, Object.keys(left?.headers ?? {})]).toEqual([theirs.url, ["content-type", "x-api-key"]]);
  });
});

describe("tokens that EMQX checks itself", () => {
  it("come with their rights, go with them, and a changed key is put there", async () => {
    await open({ authenticators: [database] });
    const before = await bench.dump();
    const [one, two] = [randomSecret(), randomSecret()];
    bench.secrets.push(one, two);
    bench.configure(`jwt: {enabled: true, secret: "${one}"}`);
    expect((await run(apply)).code).toBe(0);
    expect(await ids()).toEqual(["jwt true", "password_based:http true", "password_based:built_in_database true"]);
    expect(await bench.get("/authorization/sources/built_in_database/rules/all")).toMatchObject({
      rules: [{ topic: "devices/${clientid}/#", permission: "allow", action: "all" }],
    });
    expect((await run("emqx plan")).code).toBe(0);
    bench.configure(`jwt: {enabled: true, secret: "${two}"}`);
    const changed = await bench.json("emqx plan");
    expect(changed["steps"]).toMatchObject([
      { object: "authenticator jwt", differences: [{ key: "secret", to: "****** (new)" }] },
    ]);
    await run(apply);
    bench.configure();
    expect((await run(apply)).code).toBe(0);
    expect(await ids()).toEqual(["password_based:http true", "password_based:built_in_database true"]);
    expect(await bench.get("/authorization/sources/built_in_database/rules/all")).toEqual({ rules: [] });
    expect((await run("emqx rollback --yes")).code).toBe(0);
    expect(await bench.dump()).toEqual(before);
  });
});

describe("a change that is cut short", () => {
  const settings = "otherAuthenticators: disable, ingest: true";

  /** A sample; test-long does it at every step. That a change never reached EMQX is the simpler case. */
  const strides = { before: 5, after: 3 } as const;

  /** The change of this number, counted from 0, is cut: before EMQX has it, or before we hear that it has it. */
  function cutAt(index: number, when: "before" | "after"): () => boolean {
    let changes = 0;
    let isCut = false;
    bench.emqx.intercept = ({ method, path }): InterceptAnswer | undefined => {
      if (isChange({ method, path }) && changes++ === index && when === "before") isCut = true;
      else if (method === "GET" && when === "after" && changes === index + 1) isCut = true;
      return isCut ? { cut: true } : undefined;
    };
    return () => isCut;
  }

  it.each(["before", "after"] as const)("is finished or taken back, wherever that was (%s a step)", async (when) => {
    await openForeign();
    bench.configure(settings);
    const before = await bench.dump();
    let tried = 0;
    for (let step = 0; ; step += strides[when]) {
      const wasCut = cutAt(step, when);
      const stopped = await run(apply);
      bench.emqx.intercept = undefined;
      if (!wasCut()) {
        expect(stopped.code).toBe(0);
        break;
      }
      tried += 1;
      expect([stopped.code, stopped.stderr]).toEqual([69, expect.stringMatching(/Done: .*Not done: /s)]);
      if (step % 2 === 0) {
        expect((await run(apply)).code).toBe(0);
        expect((await run("emqx plan")).code).toBe(0);
      }
      expect((await run("emqx rollback --yes")).code).toBe(0);
      expect(await bench.dump()).toEqual(before);
    }
    expect(tried).toBeGreaterThan(when === "before" ? 1 : 3);
  });

  it("leaves nothing of ours in an authenticator that it had just taken over", async () => {
    const ssl = { enable: true, verify: "verify_peer", depth: 3 };
    const theirs = { mechanism: "password_based", backend: "http", method: "post", url: "https://127.0.0.1:9/login" };
    await open({ authenticators: [{ ...theirs, ssl, body: { user: "${username}" }, connect_timeout: "9s" }] });
    const before = await bench.dump();
    cutAt(0, "after");
    expect((await run(apply)).code).toBe(69);
    bench.emqx.intercept = undefined;
    expect(await bench.dump()).not.toEqual(before);
    const back = await run("emqx rollback --yes");
    expect([back.code, back.stdout]).toEqual([0, expect.not.stringContaining("changed by somebody")]);
    expect(await bench.dump()).toEqual(before);
  });

  it.each(["before", "after"] as const)("is rolled back by a second rollback (%s a step)", async (when) => {
    await openForeign();
    bench.configure(settings);
    const before = await bench.dump();
    let tried = 0;
    for (let step = 0; ; step += strides[when]) {
      expect((await run(apply)).code).toBe(0);
      const wasCut = cutAt(step, when);
      const stopped = await run("emqx rollback --yes");
      bench.emqx.intercept = undefined;
      if (wasCut()) {
        expect([stopped.code, stopped.stderr]).toEqual([69, expect.stringMatching(/Done: .*Not done: /s)]);
        tried += 1;
        if (step % 2 === 1) expect((await run(apply)).code).toBe(0);
        expect((await run("emqx rollback --yes")).code).toBe(0);
      }
      expect(await bench.dump()).toEqual(before);
      if (!wasCut()) break;
    }
    expect(tried).toBeGreaterThan(when === "before" ? 1 : 3);
  });
});

describe("an EMQX that does not do what it is asked", () => {
  it.each(troubles.map((trouble, index) => [...trouble, [3, 0, 7][index % 3]] as const))(
    "%s: is told so, when reading and at a change, and is set up by the next try",
    async (_, answer, code, step) => {
      await open();
      bench.configure("timeout: 1s");
      const fresh = await bench.dump();
      bench.emqx.intercept = () => answer;
      const read = await run(apply);
      expect([read.code, read.stdout]).toEqual([code, ""]);
      expect(read.stderr).toMatch(/^connack: .+\nNext: .+/s);
      let seen = 0;
      const from = bench.emqx.calls.length;
      bench.emqx.intercept = (request) => (isChange(request) && seen++ === step ? answer : undefined);
      const failed = await run(apply);
      expect([failed.code, failed.stderr]).toEqual([code, expect.stringMatching(/Stopped at: .+Next: /s)]);
      bench.emqx.intercept = undefined;
      // What was too late for us is done all the same.
      await vi.waitFor(() => expect(bench.emqx.calls.slice(from).filter(isChange)).toHaveLength(seen), 10_000);
      expect((await run("emqx rollback --yes --open-broker")).code).toBe(0);
      expect(await bench.dump()).toEqual(fresh);
      expect((await run(apply)).code).toBe(0);
      expect((await run("emqx plan")).code).toBe(0);
    },
  );

  it("and does late what it gave no answer to: the next rollback takes it back, and an apply may come between", async () => {
    await openForeign();
    const before = await bench.dump();
    bench.configure("timeout: 1s");
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let seen = 0;
    bench.emqx.intercept = async (request) => {
      if (isChange(request) && request.path.endsWith("/connectors") && seen++ === 0) await held;
      return undefined;
    };
    expect((await run(apply)).stderr).toContain("Whether EMQX did it is not known.");
    const early = await run("emqx rollback --yes");
    expect([early.code, early.stderr]).toEqual([0, expect.stringMatching(/may do it\syet/)]);
    expect(await bench.dump()).toEqual(before);
    const calls = bench.emqx.calls.length;
    release();
    await vi.waitFor(() => expect(bench.emqx.calls.length).toBeGreaterThan(calls), 10_000);
    expect(await bench.dump()).not.toEqual(before);
    expect((await run("emqx rollback --yes")).code).toBe(0);
    expect(await bench.dump()).toEqual(before);
    expect((await run("emqx rollback --yes")).stdout).toContain("Nothing to take back");
  });

  it("and does what it gave no answer to: that is seen, and the change goes on", async () => {
    await openForeign();
    const before = await bench.dump();
    bench.configure("timeout: 1s");
    const authorization = `Basic ${Buffer.from(`${bench.emqx.apiKey}:${bench.emqx.apiSecret}`).toString("base64")}`;
    const headers = { authorization, "content-type": "application/json" };
    let lost = 0;
    // Everything is done, and the answer is lost on its way back.
    bench.emqx.intercept = async ({ method, path, body }) => {
      if (!isChange({ method, path }) || lost > 0 || !path.endsWith("/connectors")) return undefined;
      lost += 1;
      await fetch(bench.emqx.apiUrl + path, { method, headers, body: JSON.stringify(body) });
      return { cut: true };
    };
    const done = await run(apply);
    expect([lost, done.code, done.stderr]).toEqual([1, 0, ""]);
    bench.emqx.intercept = undefined;
    expect((await run("emqx plan")).code).toBe(0);
    expect((await run("emqx rollback --yes")).code).toBe(0);
    expect(await bench.dump()).toEqual(before);
  });

  it("and says that something is gone that is still there: this is no rollback", async () => {
    await open();
    await run(apply);
    bench.emqx.intercept = ({ method }) => (method === "DELETE" ? { status: 200, body: "{}" } : undefined);
    const failed = await run("emqx rollback --yes --open-broker");
    expect([failed.code, failed.stderr]).toEqual([69, expect.stringContaining("is still there")]);
    bench.emqx.intercept = undefined;
    expect((await run("emqx rollback --yes --open-broker")).code).toBe(0);
    expect(await ids()).toEqual([]);
  });

  it("and shows another thing than it took: this is told", async () => {
    await open();
    let puts = 0;
    bench.emqx.intercept = ({ method, path }) => {
      if (path.startsWith("/authorization/settings") || path.endsWith("/authorization/settings")) {
        if (method === "PUT") puts += 1;
        else if (puts > 0)
          return {
            status: 200,
            contentType: "application/json",
            body: '{"no_match":"allow","deny_action":"ignore","cache":{"enable":true,"max_size":32,"ttl":"1m"}}',
          };
      }
      return undefined;
    };
    expect((await run(apply)).stdout).toMatch(
      /EMQX took the change of authorization settings, and shows\ssomething\selse/,
    );
  });

  it("and forgets ours at its next start, as a file sets another chain: this is told", async () => {
    await open();
    await run(apply);
    await bench.emqx.restart({ fileAuthentication: [database] });
    const plan = await run("emqx plan");
    expect([plan.code, plan.stdout]).toEqual([2, expect.stringContaining("add     authenticator password_based:http")]);
  });
});

describe("the proof", () => {
  it("failed: what was done is taken back where that was asked for, and does not open the broker", async () => {
    await openForeign();
    const before = await bench.dump();
    const kept = await run("emqx apply --yes");
    expect([kept.code, kept.stdout, kept.stderr]).toEqual([
      1,
      expect.stringContaining("Not proven: no connack serve runs"),
      expect.stringContaining("EMQX stays as it is now"),
    ]);
    expect((await run("emqx plan")).code).toBe(0);
    await run("emqx rollback --yes");
    const undone = await run("emqx apply --yes --auto-rollback");
    expect([undone.code, undone.stdout]).toEqual([1, expect.stringContaining("Rolled back")]);
    expect(await bench.dump()).toEqual(before);
    for (const { id } of (await bench.get("/authentication")) as { id: string }[]) {
      await bench.change("DELETE", `/authentication/${id}`);
    }
    const open = await run("emqx apply --yes --auto-rollback");
    expect([open.code, open.stderr]).toEqual([1, expect.stringMatching(/let\severybody\sin/)]);
    expect(await ids()).toEqual(["password_based:http true"]);
  });

  it("with Connack running: every attack is held", async () => {
    await open({ authenticators: [database] });
    const port = await freePort();
    bench.configure(`connackUrl: "http://127.0.0.1:${port}", otherAuthenticators: disable`);
    const server = await startConnack({ folder: bench.folder, args: ["--http-port", String(port)] });
    try {
      const applied = await runConnack(["emqx", "apply", "--yes", "--json"], { cwd: bench.folder });
      outputs.push({ ...applied, code: applied.code ?? -1 });
      expect([applied.code, applied.stderr]).toEqual([0, ""]);
      expect(JSON.parse(applied.stdout)).toMatchObject({ remaining: [], notKept: [], verify: { ok: true } });
    } finally {
      await server.kill("SIGTERM");
    }
  });
});

it("a chain of 20 authenticators and 500 rules takes as many calls as an empty one", async () => {
  await open();
  const calls = async () => {
    const before = bench.emqx.calls.length;
    const result = await run("emqx plan");
    return [result.code, bench.emqx.calls.length - before, result.stdout] as const;
  };
  const [, few] = await calls();
  const json = (value: unknown): InterceptAnswer => ({
    status: 200,
    contentType: "application/json",
    body: JSON.stringify(value),
  });
  const chain = Array.from({ length: 20 }, (_, index) => ({
    id: `password_based:kind${index}`,
    mechanism: "password_based",
    backend: `kind${index}`,
    enable: true,
  }));
  const rules = Array.from({ length: 500 }, (_, index) => ({
    id: `theirs${index}`,
    sql: 'SELECT * FROM "t/#"',
    actions: [],
    enable: true,
  }));
  bench.emqx.intercept = ({ method, path }) => {
    if (method === "GET" && /\/authentication$/.test(path)) return json(chain);
    if (method === "GET" && /\/rules(\?|$)/.test(path) && !path.includes("all"))
      return json({ data: rules, meta: { hasnext: false } });
    return undefined;
  };
  const [code, many, stdout] = await calls();
  expect([code, many]).toEqual([2, few]);
  expect(few).toBeLessThan(20);
  expect(stdout).toContain("and 508 more");
});

it("nothing is in the plan's JSON but what may be shown", async () => {
  await open();
  const plan = await bench.json("emqx plan");
  expect(plan["steps"]).toHaveLength(9);
  expect(JSON.stringify(plan)).not.toContain('"body":');
  expect(readFileSync(join(bench.folder, "connack-data", "broker-token"), "utf8").trim()).toBe(bench.brokerToken);
});
