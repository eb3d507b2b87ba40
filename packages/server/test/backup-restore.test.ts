import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { socketCaller } from "./call-socket.ts";
import { type RunResult, removeFolder, run, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

const entry = fileURLToPath(new URL("../bin/connack.js", import.meta.url));
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

type Call = ReturnType<typeof socketCaller>["call"];
type Status = "active" | "revoked" | "removed";
interface Credential {
  clientId: string;
  username: string;
  password: string;
}

/** What the server has acknowledged. */
interface Acknowledged {
  status: Map<string, Status>;
  /** Ids of keys. */
  keys: Set<string>;
  /** By device: the least generation of its key. */
  generations: Map<string, number>;
  groups: Set<string>;
  /** Credentials of devices that are active. */
  credentials: Map<string, Credential>;
}

const nothing = (): Acknowledged => ({
  status: new Map(),
  keys: new Set(),
  generations: new Map(),
  groups: new Set(),
  credentials: new Map(),
});

/** Everything acknowledged, in order, with its time. */
class Log {
  readonly #notes: { at: number; write(into: Acknowledged): void }[] = [];

  note(write: (into: Acknowledged) => void): void {
    this.#notes.push({ at: Date.now(), write });
  }

  /** @param time Unix milliseconds */
  before(time: number): Acknowledged {
    const all = nothing();
    for (const { at, write } of this.#notes) if (at < time) write(all);
    return all;
  }
}

/** One worker: adds, revokes and removes devices, adds keys that devices then need, until the server is gone. */
async function work(name: string, call: Call, log: Log): Promise<void> {
  const noteStatus = (id: string, status: Status) => log.note((all) => all.status.set(id, status));
  for (let n = 0; ; n++) {
    const id = `${name}-${n}`;
    if (n % 20 === 7) {
      const { keys } = await call<{ keys: { id: string; generation: number }[] }>("key.add", { scheme: "jwt" });
      log.note((all) => {
        for (const key of keys) all.keys.add(key.id);
      });
      await call("device.add", { id, schemes: ["jwt"] });
      noteStatus(id, "active");
      const minKeyGeneration = keys[0]?.generation as number;
      await call("device.set", { id, minKeyGeneration });
      log.note((all) => all.generations.set(id, minKeyGeneration));
      const credential = await call<Credential>("credential.issue", { device: id, scheme: "jwt" });
      log.note((all) => all.credentials.set(id, credential));
      continue;
    }
    await call("device.add", { id, clientIds: [`client-${id}`] });
    noteStatus(id, "active");
    const [operation, status] =
      ([["device.revoke", "revoked"], ["device.remove", "removed"], []] as const)[n % 3] ?? [];
    if (operation !== undefined && status !== undefined) {
      await call(operation, { id });
      noteStatus(id, status);
    }
    if (n % 25 === 3) {
      await call("acl.set", { group: id, rules: [{ permission: "deny", action: "all", topics: ["#"] }] });
      log.note((all) => all.groups.add(id));
    }
  }
}

async function login(httpPort: number, { clientId, username, password }: Credential): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/mqtt/auth`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ clientid: clientId, username, password }),
  });
  return ((await response.json()) as { result: string }).result;
}

async function devicesOf(call: Call): Promise<Map<string, { status: Status; minKeyGeneration: number }>> {
  type Found = { id: string; status: Status; minKeyGeneration: number };
  const found = new Map<string, Found>();
  for (let after: string | undefined; ; ) {
    const page = await call<{ devices: Found[]; next?: string }>("device.list", {
      limit: 1000,
      ...(after && { after }),
    });
    for (const device of page.devices) found.set(device.id, device);
    if (page.next === undefined) return found;
    after = page.next;
  }
}

/** Everything that was acknowledged before is there, and nothing is half there. */
async function expectAll(call: Call, httpPort: number, before: Acknowledged, mayBe: Acknowledged): Promise<void> {
  const found = await devicesOf(call);
  const order: readonly (string | undefined)[] = ["active", "revoked", "removed"];
  const lost = [...before.status].filter(([id, status]) => {
    // The change after the acknowledged one may have been done before the copy too.
    const next = status === "active" ? order : [status];
    return !next.includes(found.get(id)?.status);
  });
  expect(lost).toEqual([]);
  const { keys } = await call<{ keys: { id: string; scheme: string; generation: number }[] }>("key.list", {});
  const ids = new Set(keys.map((key) => key.id));
  expect([...before.keys].filter((id) => !ids.has(id))).toEqual([]);
  expect([...before.generations].filter(([id, least]) => found.get(id)?.minKeyGeneration !== least)).toEqual([]);
  // Also of devices that came while the backup was being taken: none needs a key that is not in it.
  const newest = Math.max(...keys.filter(({ scheme }) => scheme === "jwt").map(({ generation }) => generation));
  expect([...found].filter(([, { minKeyGeneration }]) => minKeyGeneration > newest)).toEqual([]);
  const { groups } = await call<{ groups: { group: string; rules: unknown[] }[] }>("acl.groups", {});
  const withRules = new Set(groups.filter(({ rules }) => rules.length === 1).map(({ group }) => group));
  expect([...before.groups].filter((group) => !withRules.has(group))).toEqual([]);
  expect(groups.filter(({ rules }) => rules.length !== 1)).toEqual([]);
  for (const [id, credential] of before.credentials) {
    expect([id, await login(httpPort, credential)]).toEqual([id, "allow"]);
  }
  for (const [id, status] of found) {
    if (mayBe.credentials.has(id)) expect(status.status).toBe("active");
  }
}

function expectSound(file: string): void {
  const db = new Database(file, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  const counted = db
    .prepare("select status, count(*) as devices from devices where kind = 'device' group by status order by status")
    .all();
  const kept = db.prepare("select status, devices from status_counts where devices > 0 order by status").all();
  expect(kept).toEqual(counted);
  db.close();
}

const connack = (...args: string[]) => runConnack(args, { cwd: folder });

function json<T = Record<string, unknown>>({ code, stdout, stderr }: RunResult): T {
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

const problem = ({ stderr }: RunResult) =>
  (JSON.parse(stderr) as { error: { code: string; message: string; next?: string } }).error;

describe("a backup taken under load", () => {
  const rounds = 3;

  it(`has everything that was acknowledged before it began (${rounds} times)`, { timeout: 240_000 }, async () => {
    const server = await startConnack({ folder });
    const socket = socketCaller(folder);
    const log = new Log();
    for (const scheme of ["jwt", "xiaozhi-hmac", "password"]) {
      const id = scheme === "xiaozhi-hmac" ? "02:00:00:00:00:01" : `first-${scheme}`;
      const credential = await socket.call<Credential>("credential.issue", { device: id, scheme, add: true });
      log.note((all) => {
        all.credentials.set(id, credential);
        all.status.set(id, "active");
      });
    }
    const gone = Promise.allSettled(Array.from({ length: 6 }, (_, worker) => work(`w${worker}`, socket.call, log)));
    const backups: { file: string; before: Acknowledged }[] = [];
    for (let round = 0; round < rounds; round++) {
      await sleep(50 + round * 130);
      const file = join(folder, `${round}.tar.gz`);
      const { createdAt } = json<{ createdAt: string }>(await runConnack(["backup", file, "--json"], { cwd: folder }));
      const before = log.before(Date.parse(createdAt));
      // The server went on meanwhile.
      expect(log.before(Infinity).status.size).toBeGreaterThan(before.status.size);
      backups.push({ file, before });
    }
    await server.kill("SIGKILL");
    expect((await gone).every((end) => end.status === "rejected")).toBe(true);
    socket.close();
    expect(backups.at(-1)?.before.generations.size).toBeGreaterThan(2);
    expect(readdirSync(join(folder, "connack-data")).filter((name) => name.startsWith("backup."))).toEqual([]);

    for (const { file, before } of backups) {
      const elsewhere = temporaryFolder();
      const data = join(elsewhere, "connack-data");
      const { restored } = json<{ restored: { keys: number; devices: Record<string, number> } }>(
        await connack("restore", file, "--data", data, "--json"),
      );
      expect(restored.keys).toBeGreaterThanOrEqual(before.keys.size + 2);
      expectSound(join(data, "registry.db"));
      const again = await startConnack({ folder: elsewhere });
      const caller = socketCaller(elsewhere);
      await expectAll(caller.call, again.httpPort, before, log.before(Infinity));
      await caller.call("device.add", { id: "after the restore" });
      caller.close();
      expect(await again.kill("SIGTERM")).toBe(0);
      removeFolder(elsewhere);
    }
  });
});

describe("connack backup", () => {
  it("copies a folder without a server, and never over a file unless told to", async () => {
    json(await connack("device", "add", "sensor-1", "--json"));
    const made = json(await connack("backup", "connack.tar.gz", "--json"));
    const file = join(folder, "connack.tar.gz");
    expect(made).toEqual({
      file,
      bytes: statSync(file).size,
      sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      devices: { active: 1, pending: 0, disabled: 0, revoked: 0, removed: 0 },
      services: 0,
      keys: 2,
      audit: true,
      configuredKeys: [],
      leftOut: [],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await connack("backup", "connack.tar.gz", "--json");
    expect([again.code, problem(again)]).toEqual([
      1,
      { code: "file_exists", message: `${file} is there already`, next: expect.stringContaining("--force") },
    ]);
    expect(createHash("sha256").update(readFileSync(file)).digest("hex")).toBe(made.sha256);
    expect((await connack("backup", "connack.tar.gz", "--force", "--without-audit")).stdout).toMatch(
      /audit +not in it/,
    );
  });

  it("says nothing secret, names what it left out and the key that is not in it", async () => {
    const secret = randomBytes(32).toString("base64url");
    writeFileSync(join(folder, "connack.yaml"), `credentials:\n  jwt:\n    secret: ${secret}\n`);
    const config = await connack("config", "check");
    expect(config.stderr).toBe("");
    json(await connack("device", "add", "sensor-1", "--json"));
    json(await connack("key", "add", "--scheme", "xiaozhi-hmac", "--json"));
    writeFileSync(join(folder, "connack-data/notes.txt"), "mine");
    const outputs = [
      await connack("backup", "a.tar.gz"),
      await connack("backup", "b.tar.gz", "--json"),
      await connack("restore", "a.tar.gz", "--data", "one"),
      await connack("restore", "a.tar.gz", "--data", "two", "--json"),
    ];
    expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const [text = "", first = ""] = outputs.map(({ stdout }) => stdout);
    expect(text).toMatch(/left out +notes\.txt/);
    expect(text.replace(/\s+/g, " ")).toContain("The key for jwt comes from the configuration and is not in it.");
    expect(JSON.parse(first)).toMatchObject({ leftOut: ["notes.txt"], configuredKeys: ["jwt"] });
    const keys = readdirSync(join(folder, "connack-data/keys")).map(
      (name) => JSON.parse(readFileSync(join(folder, "connack-data/keys", name), "utf8")).secret as string,
    );
    const token = readFileSync(join(folder, "connack-data/broker-token"), "utf8").trim();
    expect(keys.length).toBeGreaterThan(0);
    for (const { stdout, stderr } of outputs) {
      for (const each of [secret, token, ...keys]) expect(stdout + stderr).not.toContain(each);
    }
  });

  it("goes through a pipe into a restore; a reader that goes away is told", async () => {
    json(await connack("device", "add", "sensor-1", "--json"));
    mkdirSync(join(folder, "connack-data/tls"));
    writeFileSync(join(folder, "connack-data/tls/ballast"), randomBytes(1_000_000)); // more than a pipe holds
    const shell = (line: string) => run("bash", ["-c", line], { cwd: folder });
    const piped = await shell(
      `'${process.execPath}' '${entry}' backup - | '${process.execPath}' '${entry}' restore - --data there`,
    );
    expect([piped.code, piped.stderr]).toEqual([0, expect.stringContaining("standard output")]);
    expect(readFileSync(join(folder, "there/tls/ballast"))).toEqual(
      readFileSync(join(folder, "connack-data/tls/ballast")),
    );
    const cut = await shell(
      `'${process.execPath}' '${entry}' backup - | head -c 10 >/dev/null; echo "\${PIPESTATUS[0]}"`,
    );
    expect(cut.stdout.trim()).toBe("74");
  });

  it("says before any work that there is no folder for the file", async () => {
    json(await connack("device", "add", "sensor-1", "--json"));
    const refused = await connack("backup", "nope/a.tar.gz", "--json");
    expect([refused.code, problem(refused)]).toEqual([
      1,
      {
        code: "not_writable",
        message: `there is no folder ${join(folder, "nope")}`,
        next: "make it, or name another file",
      },
    ]);
  });

  it("needs a data folder", async () => {
    const { code, stderr } = await connack("backup", "a.tar.gz", "--data", "typo");
    expect([code, existsSync(join(folder, "typo")), existsSync(join(folder, "a.tar.gz"))]).toEqual([78, false, false]);
    expect(stderr).toContain("no data folder at");
  });

  it.each(["SIGINT", "SIGTERM"] as const)("leaves neither a half file nor a copy behind at %s", async (signal) => {
    const server = await startConnack({ folder });
    mkdirSync(join(folder, "connack-data/tls"));
    mkdirSync(join(folder, "out"));
    writeFileSync(join(folder, "connack-data/tls/ballast"), randomBytes(80_000_000));
    const child = spawn(process.execPath, [entry, "backup", "out/a.tar.gz"], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = once(child, "exit");
    while (readdirSync(join(folder, "out")).length === 0) await sleep(5);
    expect(readdirSync(join(folder, "out"))).toEqual([expect.stringMatching(/^a\.tar\.gz\.[0-9a-f]+\.tmp$/)]);
    child.kill(signal);
    expect(await ended).toEqual([1, null]);
    expect(stderr).toContain("interrupted: no backup was written");
    expect(readdirSync(join(folder, "out"))).toEqual([]);
    expect(readdirSync(join(folder, "connack-data")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(await server.kill("SIGTERM")).toBe(0);
  });
});

describe("connack restore", () => {
  it("refuses a folder with a server on it, one in use, and what is damaged; nothing is changed", async () => {
    const server = await startConnack({ folder });
    json(await connack("device", "add", "sensor-1", "--json"));
    json(await connack("backup", "good.tar.gz", "--json"));
    const running = await connack("restore", "good.tar.gz", "--force", "--json");
    expect([running.code, problem(running).code]).toEqual([69, "data_folder_in_use"]);
    expect(await server.kill("SIGTERM")).toBe(0);

    const taken = await connack("restore", "good.tar.gz", "--json");
    expect([taken.code, problem(taken).code]).toEqual([1, "folder_not_empty"]);
    const cut = join(folder, "cut.tar.gz");
    writeFileSync(cut, readFileSync(join(folder, "good.tar.gz")));
    truncateSync(cut, statSync(cut).size - 100);
    writeFileSync(join(folder, "text"), "hello");
    for (const [file, code] of [
      ["cut.tar.gz", "backup_damaged"],
      ["text", "not_a_backup"],
    ] as const) {
      const refused = await connack("restore", file, "--data", "new", "--json");
      expect([refused.code, problem(refused).code, existsSync(join(folder, "new"))]).toEqual([1, code, false]);
      expect(problem(refused).next).toMatch(/nothing was changed/);
      const forced = await connack("restore", file, "--force", "--json");
      expect([forced.code, problem(forced).code]).toEqual([1, code]);
    }
    const missing = await connack("restore", "nowhere.tar.gz", "--json");
    expect([missing.code, problem(missing)]).toEqual([
      2,
      {
        code: "bad_input",
        message: "no such file: nowhere.tar.gz",
        next: "name a file that connack backup wrote, or - for standard input",
      },
    ]);
    expect(readdirSync(folder).sort()).toEqual(["connack-data", "cut.tar.gz", "good.tar.gz", "text"]);
    expect(json<{ id: string }>(await connack("device", "show", "sensor-1", "--json"))).toMatchObject({
      id: "sensor-1",
    });
  });

  it("says what came back, what did not, and what to do next", async () => {
    json(await connack("device", "add", "sensor-1", "--json"));
    json(await connack("backup", "a.tar.gz", "--json"));
    json(await connack("device", "revoke", "sensor-1", "--json"));
    const { code, stdout } = await connack("restore", "a.tar.gz", "--force");
    expect(code).toBe(0);
    const told = stdout
      .replaceAll(folder, "<folder>")
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
      .replace(/\d{8}T\d{6}Z/g, "<time>")
      .replace(/(warning: revocations[\s\S]*?devices\s+connect\.)/i, (text) => text.replace(/\s+/g, " "))
      .replace(/connack \d+\.\d+\.\d+\S*/, "connack <version>");
    expect(told).toMatchInlineSnapshot(`
      "restored  <folder>/connack-data
      as of     <time>
      taken by  connack <version>
      devices   1 active
      services  0
      keys      2
      audit     yes
      before    moved to <folder>/connack-data.before-restore-<time>

      Warning: Revocations after <time> are not in it: what was revoked, disabled or removed since then is active again, and so are removed keys, removed access tokens and former passwords. Do these again before devices connect.

      Warning: Devices and keys added after <time> are gone.

      Next: connack device list, then connack serve
      "
    `);
    // As the warning says.
    expect(json(await connack("device", "show", "sensor-1", "--json"))).toMatchObject({ status: "active" });
    const aside = readdirSync(folder).find((name) => name.includes("before-restore")) as string;
    expect(json(await connack("device", "show", "sensor-1", "--data", aside, "--json"))).toMatchObject({
      status: "revoked",
    });
  });
});
