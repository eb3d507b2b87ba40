import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadAllCommands, loadCommands } from "../src/commands/commands.ts";
import { createProgram } from "../src/commands/create-program.ts";
import { runCommand } from "./run-command.ts";
import { removeFolder, run, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

const cli = (args: string[], options: { stdin?: string; env?: Record<string, string> } = {}) =>
  runCommand(args, { cwd: folder, ...options });
const strong = () => randomBytes(32).toString("hex");

describe("starting", () => {
  it.each([
    ["empty", { MQTT_SIGNATURE_KEY: "" }, /MQTT_SIGNATURE_KEY/],
    ["the text null", { MQTT_SIGNATURE_KEY: "null" }, /MQTT_SIGNATURE_KEY/],
    ["publicly known", { MQTT_SIGNATURE_KEY: "test-signature-key-12345" }, /MQTT_SIGNATURE_KEY.*public/is],
    ["too weak", { MQTT_SIGNATURE_KEY: "Abcdefgh" }, /MQTT_SIGNATURE_KEY/],
    [
      "too short for HS256",
      { CONNACK_CREDENTIALS_JWT_SECRET: randomBytes(12).toString("hex") },
      /CONNACK_CREDENTIALS_JWT_SECRET.*at least 32/is,
    ],
  ])("is refused by name with a key that is %s", async (_what, env, message) => {
    const result = await cli(["serve", "--http-port", "0", "--mqtt-port", "0"], { env });
    expect(result.code).toBe(78);
    expect(result.stderr).toMatch(message);
    for (const value of Object.values(env))
      if (value.length > 4) expect(result.stderr + result.stdout).not.toContain(value);
  });

  it("--allow-weak-key lets a weak key through, loudly; never the text null", async () => {
    const env = { MQTT_SIGNATURE_KEY: "test-signature-key-12345" };
    const server = await startConnack({ folder, env, args: ["--allow-weak-key"] });
    const ready = await (await fetch(`http://127.0.0.1:${server.httpPort}/readyz`)).json();
    expect(ready).toMatchObject({ ready: true, warnings: [expect.stringContaining("WEAK KEY")] });
    const status = await cli(["status"], { env });
    expect(status.stdout).toContain("WEAK KEY");
    await server.kill("SIGTERM");
    expect(server.output().stdout).toContain("WEAK KEY");
    expect((await cli(["serve", "--allow-weak-key"], { env: { MQTT_SIGNATURE_KEY: "null" } })).code).toBe(78);
  });

  it("makes keys only for a new folder with nothing configured", async () => {
    await cli(["device", "add", "sensor-1"], { env: { MQTT_SIGNATURE_KEY: strong() } });
    expect(existsSync(join(folder, "connack-data/keys/jwt-1.json"))).toBe(false);
    const lost = await cli(["device", "list"]);
    expect(lost.code).toBe(78);
    expect(lost.stderr).toContain("MQTT_SIGNATURE_KEY");
  });

  it("is refused when a key is gone from the data folder", async () => {
    await cli(["device", "add", "sensor-1"]);
    rmSync(join(folder, "connack-data/keys/hmac-1.json"));
    const result = await cli(["serve"]);
    expect([result.code, result.stderr]).toEqual([78, expect.stringContaining("keys/hmac-1.json is missing")]);
  });

  it("with the registry gone: up, not ready, nobody is let in, and well again when it is back", async () => {
    const issued = JSON.parse((await cli(["credential", "issue", "sensor-1", "--add", "--json"])).stdout);
    const file = join(folder, "connack-data/registry.db");
    const content = readFileSync(file);
    rmSync(file);
    const server = await startConnack({ folder });
    const ask = async () => {
      const body = JSON.stringify({ clientid: issued.clientId, username: issued.username, password: issued.password });
      const response = await fetch(`http://127.0.0.1:${server.httpPort}/mqtt/auth`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      return ((await response.json()) as { result: string }).result;
    };
    const ready = () => fetch(`http://127.0.0.1:${server.httpPort}/readyz`);
    expect([(await ready()).status, await ask()]).toEqual([503, "deny"]);
    const { stdout: log, stderr: shown } = server.output();
    expect(log).toMatch(/"warn".*"connack runs, but is not ready: registry missing: /);
    expect(shown).toMatch(/^Connack runs, but is not ready: registry missing: /);
    expect(log + shown).not.toMatch(/connack is ready/i);
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, content, { mode: 0o600 });
    await expect.poll(async () => (await ready()).status, { timeout: 15_000 }).toBe(200);
    expect(await ask()).toBe("allow");
    expect(await server.kill("SIGTERM")).toBe(0);
  });

  it("names the port that is taken and how to move ours", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as { port: number };
    const result = await cli(["serve", "--mqtt-port", String(port), "--http-port", "0"]);
    holder.close();
    expect([result.code, result.stderr]).toEqual([69, expect.stringContaining(`port ${port} is taken`)]);
    expect(result.stderr).toMatch(/brokers\.embedded\.port \(from the command line\), CONNACK_BROKERS_EMBEDDED_PORT/);
  });

  it("one server per data folder", async () => {
    const server = await startConnack({ folder });
    const second = await cli(["serve", "--http-port", "0", "--mqtt-port", "0"]);
    expect([second.code, second.stderr]).toEqual([69, expect.stringContaining("another connack works in")]);
    await server.kill("SIGTERM");
  });
});

describe("one writer: the same commands with and without a server", () => {
  it.each([false, true])("server running: %s", async (running) => {
    const server = running ? await startConnack({ folder }) : undefined;
    expect((await cli(["device", "add", "sensor-1", "--group", "kitchen", "--attribute", "room=7"])).code).toBe(0);
    const shown = await cli(["device", "show", "sensor-1", "--json"]);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      id: "sensor-1",
      status: "active",
      schemes: ["jwt"],
      group: "kitchen",
      attributes: { room: "7" },
    });
    expect(await cli(["device", "add", "sensor-1"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("sensor-1"),
    });
    expect((await cli(["device", "disable", "sensor-1"])).stdout).toContain("disabled");
    expect((await cli(["device", "enable", "sensor-1"])).stdout).toContain("active");
    expect((await cli(["device", "revoke", "sensor-1"])).stdout).toContain("revoked");
    expect((await cli(["device", "enable", "sensor-1"])).code).toBe(1);
    expect((await cli(["device", "remove", "sensor-1"])).stdout).toContain("removed");
    expect((await cli(["device", "add", "AA-BB-CC-DD-EE-FF", "--scheme", "xiaozhi-hmac", "--pending"])).code).toBe(0);
    expect((await cli(["device", "approve", "aa_bb_cc_dd_ee_ff"])).stdout).toMatch(/aa:bb:cc:dd:ee:ff.*active/s);
    expect((await cli(["device", "show", "AABBCCDDEEFF"])).stdout).toMatch(/aa:bb:cc:dd:ee:ff.*active/s);
    const unreachable = await cli(["device", "set", "aabbccddeeff", "--min-key-generation", "2"]);
    expect([unreachable.code, unreachable.stderr]).toEqual([1, expect.stringContaining("there are: xiaozhi-hmac 1")]);
    const added = JSON.parse((await cli(["key", "add", "--scheme", "jwt", "--algorithm", "ES256", "--json"])).stdout);
    expect(added.keys).toMatchObject([{ id: "jwt-2", algorithm: "ES256", generation: 2, canIssue: true }]);
    const issued = JSON.parse((await cli(["credential", "issue", "es", "--json", "--expires-in", "15m"])).stdout);
    expect(issued).toMatchObject({ keyId: "jwt-2", clientId: "es", username: "es" });
    const explained = await cli(["credential", "explain", "-"], { stdin: issued.password });
    expect([explained.code, explained.stdout]).toEqual([0, expect.stringContaining("allowed")]);
    await server?.kill("SIGTERM");
  });

  it("each scheme's credential can be issued and explained", async () => {
    const server = await startConnack({ folder });
    for (const [device, scheme] of [
      ["s1", "jwt"],
      ["02:00:00:00:00:09", "xiaozhi-hmac"],
      ["gw", "password"],
    ] as const) {
      const issued = JSON.parse(
        (await cli(["credential", "issue", device, "--scheme", scheme, "--add", "--json"])).stdout,
      );
      expect(issued.command).toMatch(/^mosquitto_pub /);
      expect(issued.username).not.toBe("");
      const explain = ["credential", "explain", "-", "--client-id", issued.clientId, "--username", issued.username];
      expect((await cli(explain, { stdin: issued.password })).code).toBe(0);
      const refused = await cli([...explain, "--json"], { stdin: `${issued.password}x` });
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stdout)).toMatchObject({
        result: "deny",
        reason: expect.any(String),
        fix: expect.any(String),
      });
    }
    const certificate = await cli(["credential", "issue", "c1", "--scheme", "client-certificate", "--add"]);
    expect([certificate.code, certificate.stdout]).toEqual([0, expect.stringContaining("openssl req")]);
    await server.kill("SIGTERM");
  });
});

describe("a bare MAC", () => {
  it("is a MAC where the scheme says so, and otherwise a name", async () => {
    const words = ["02000000000A", "--scheme", "xiaozhi-hmac", "--json"];
    const added = JSON.parse((await cli(["device", "add", ...words])).stdout);
    expect(added).toMatchObject({ id: "02:00:00:00:00:0a", status: "active" });
    const issued = JSON.parse((await cli(["credential", "issue", ...words])).stdout);
    expect(issued).toMatchObject({ device: "02:00:00:00:00:0a", notes: [] });
    expect(JSON.parse((await cli(["device", "add", "02000000000A", "--json"])).stdout).id).toBe("02000000000A");
    expect(JSON.parse((await cli(["device", "show", "02000000000A", "--json"])).stdout).id).toBe("02000000000A");
  });
});

describe("device add --json", () => {
  it("is the device as device show has it, and a password that was made", async () => {
    const added = JSON.parse((await cli(["device", "add", "gw", "--scheme", "password", "--json"])).stdout);
    const shown = JSON.parse((await cli(["device", "show", "gw", "--json"])).stdout);
    expect(added).toEqual({ ...shown, password: expect.stringMatching(/^[\w-]{43}$/) });
  });
});

describe("explain", () => {
  it("shows what passed, what failed and why, and what was not reached", async () => {
    await cli(["device", "add", "sensor-1"]);
    const { secret } = JSON.parse(readFileSync(join(folder, "connack-data/keys/jwt-1.json"), "utf8")) as {
      secret: string;
    };
    const { mintJwt } = await import("@connack/credentials");
    const iat = 1_760_775_821;
    const token = await mintJwt({
      claims: { sub: "sensor-1", iat, exp: iat + 3600 },
      algorithm: "HS256",
      key: new TextEncoder().encode(secret),
    });
    const result = await cli(["credential", "explain", "-"], { stdin: token });
    expect(result.code).toBe(1);
    expect(result.stdout.replace(/\d+ d(?: \d+ h)?(?= ago)/g, "N d")).toMatchInlineSnapshot(`
      "+ identify
      + limit attempts
      + load material
      + verify: form of the token
      + verify: algorithm and key
      + verify: signature
      x verify: exp
      . verify: nbf (not reached)
      . verify: iat (not reached)
      . verify: iss (not reached)
      . verify: aud (not reached)
      . verify: claims (not reached)
      . verify: identity (not reached)
      . verify: binding to user name and client id (not reached)
      . find device (not reached)
      . check device (not reached)
      . grant rights (not reached)

      refused  token_expired
      The token has expired. (exp is N d ago (leeway 30 s))
      Fix: Refresh it before exp, and set the device's clock before minting.
      Note: No client id and user name given: sub of the token stands in.

      scheme        jwt
      device        sensor-1
      token header  {"alg": "HS256", "typ": "JWT"}
      token claims  {"sub": "sensor-1", "iat": 1760775821, "exp": 1760779421}
      token issued  N d ago
      "
    `);
  });
});

describe.runIf(existsSync("/usr/bin/script"))("on a terminal of 80 columns", () => {
  it("no line runs over", async () => {
    const clientIds = Array.from({ length: 32 }, (_, n) => [
      "--client-id",
      `GID_default@@@02_00_00_00_00_${n + 10}@@@x`,
    ]);
    await cli(["device", "add", "sensor-with-a-rather-long-name-of-its-own", ...clientIds.flat()]);
    const entry = fileURLToPath(new URL("../bin/connack.js", import.meta.url));
    const connack = `"${process.execPath}" "${entry}"`;
    const words = ["device list", "device show sensor-with-a-rather-long-name-of-its-own", "device list --limit 0"];
    const more = [
      "config show --all",
      "device show nobody",
      "device add x --scheme telepathy",
      "status --data nowhere",
    ];
    const all = [...words, ...more].map((each) => `${connack} ${each}`).join("; ");
    const env = { PATH: process.env.PATH ?? "", CONNACK_DATA: "connack-data", NO_COLOR: "1" };
    const { stdout } = await run("/usr/bin/script", ["-qec", `stty cols 80; ${all}`, "/dev/null"], {
      cwd: folder,
      env,
    });
    const lines = stdout.split(/\r?\n/);
    expect(stdout).toContain("Next: --limit takes 1 or more");
    expect(lines.length).toBeGreaterThan(80);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

const commands = await loadAllCommands();

/** As the process prints it, without the process. */
function helpOf(name: string, known = commands): string {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const words = name.split(" ").filter((word) => word !== "");
    const program = createProgram(known, async () => {});
    expect(() => program.parse([...words, "--help"], { from: "user" })).toThrow("(outputHelp)");
    return write.mock.calls.map(([text]) => text).join("");
  } finally {
    write.mockRestore();
  }
}

describe("command line", () => {
  it("every command has help with an example, in 80 columns", async () => {
    const groups = new Set(commands.map((command) => command.name.split(" ")[0] as string));
    const helps = ["", ...groups].map((name) => helpOf(name));
    for (const name of groups) expect(helps[0]).toMatch(new RegExp(`^  ${name}\\b.*  +\\S`, "m"));
    const long = helps.flatMap((text) => text.split("\n").filter((line) => line.length > 80));
    for (const command of commands) {
      const stdout = helpOf(command.name);
      expect(stdout.replace(/\s+/g, " ")).toContain(command.summary);
      expect(stdout).toContain(`Example:\n  ${command.examples[0]}`);
      long.push(...stdout.split("\n").filter((line) => line.length > 80 && !line.startsWith("  connack")));
    }
    expect(long).toEqual([]);
    // One that is loaded alone is the one that was asked for.
    for (const { name } of commands) {
      const [alone, ...others] = await loadCommands([...name.split(" "), "--help"]);
      expect([alone?.name, others]).toEqual([name, []]);
      expect(helpOf(name, alone && [alone])).toBe(helpOf(name));
    }
    const { name } = commands.at(-1) as (typeof commands)[number];
    expect(await cli([...name.split(" "), "--help"])).toEqual({ code: 0, stdout: helpOf(name), stderr: "" });
  });

  it.each([
    [["devcie", "list"], /unknown command 'devcie'.*Did you mean device\?/is],
    [["device", "list", "--jsno"], /unknown option '--jsno'.*Did you mean --json\?/is],
    [["device", "add"], /missing required argument 'id'/],
    [["device", "add", "x", "--scheme", "telepathy"], /Allowed choices are/],
    [["device", "set", "x"], /nothing to change/],
    [["device", "list", "--limit", "many"], /--limit takes a whole number/],
    [["credential", "issue", "x", "--expires-in", "soon"], /--expires-in takes a time/],
    [["credential", "explain"], /no credential given/],
    [["credential", "explain", "-"], /standard input was empty/],
    [["credential", "explain", "word", "--client-id", "x"], /give --client-id and --username/],
    [["credential", "issue", "x", "--scheme", "xiaozhi-hmac", "--client-id", "y"], /--client-id means nothing for/],
    [["credential", "issue", "x", "--scheme", "password", "--claim", "a=b"], /--claim means nothing for password/],
    [["credential", "issue", "x", "--scheme", "password", "--expires-in", "1h"], /--expires-in means nothing for/],
    [["credential", "issue", "x", "--group", "kitchen"], /give --add too/],
    [["key", "add", "--scheme", "xiaozhi-hmac", "--algorithm", "HS256"], /--algorithm is for jwt/],
    [["key", "add", "--scheme", "xiaozhi-hmac", "--secret-encoding", "base64"], /--secret-encoding is for jwt/],
  ])("%j ends with 2 and says why", async (args, message) => {
    const result = await cli(args);
    expect([result.code, result.stdout]).toEqual([2, ""]);
    expect(result.stderr).toMatch(message);
  });

  it("errors are JSON with --json", async () => {
    const usage = await cli(["device", "list", "--json", "--limt", "3"]);
    expect([usage.code, JSON.parse(usage.stderr)]).toEqual([
      2,
      { error: { code: "usage", message: "unknown option '--limt' (Did you mean --limit?)", next: "add --help" } },
    ]);
    await cli(["device", "add", "sensor-1"]);
    const result = await cli(["device", "show", "nobody", "--json"]);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stderr)).toEqual({
      error: { code: "device_not_found", message: expect.any(String), next: expect.any(String) },
    });
  });

  it.each([
    [{ MQTT_SIGNATURE_KEY: "test-signature-key-12345" }, /MQTT_SIGNATURE_KEY/],
    [{ CONNACK_CREDENTIALS_JWT_BIND_TO_USERNAME: ["$", "{claims.mac|hexx}"].join("") }, /bindTo/],
    [{ CONNACK_CREDENTIALS_JWT_KEY_FILES: "nope.pem" }, /nope\.pem/],
  ])("config check finds what serve would refuse: %j", async (env, message) => {
    const result = await cli(["config", "check"], { env });
    expect([result.code, result.stderr]).toEqual([78, expect.stringMatching(message)]);
  });

  it("status without a server is not ready, and says so", async () => {
    await cli(["device", "add", "x"]);
    const { code, stdout } = await cli(["status", "--json"]);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      69,
      { running: false, ready: false, registry: { state: "ready" } },
    ]);
  });

  it("status tells what the embedded broker keeps in memory only, and which bounds were met", async () => {
    const server = await startConnack({ folder });
    const peer = connect(server.mqttPort, "127.0.0.1");
    peer.end(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    peer.on("error", () => {});
    await expect
      .poll(() => server.json("status"))
      .toMatchObject({
        embedded: { connected: 0, counters: { "guard.malformed_packet": 1 }, notice: expect.stringMatching(/memory/) },
      });
    const { stdout } = await cli(["status"]);
    expect(stdout).toMatch(/^embedded +0 connected$/m);
    expect(stdout).toMatch(/^guards +.*malformed_packet 1/m);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(
      "The embedded broker keeps sessions and messages in memory only: for small sites.",
    );
    expect(stdout.match(/memory/g)).toHaveLength(1);
    await server.kill("SIGTERM");
  });

  it("a start line is printed only for what can be issued, and a failed issue registers nothing", async () => {
    const env = { MQTT_SIGNATURE_KEY: strong() };
    const server = await startConnack({ folder, env });
    await expect.poll(() => server.output().stderr).toContain("# no JWT key to sign with here");
    expect((await cli(["credential", "issue", "sensor-1", "--add"], { env })).code).toBe(1);
    expect(await server.json("device", "list")).toEqual({ devices: [] });
    await server.kill("SIGTERM");
  });

  it("a start without mosquitto_pub says so before the lines that need it, in 80 columns", async () => {
    const server = await startConnack({ folder, env: { PATH: "/nonexistent" } });
    await server.kill("SIGTERM");
    const lines = server.output().stderr.split("\n");
    const install = lines.indexOf("  sudo apt-get install mosquitto-clients");
    expect(install).toBeGreaterThan(0);
    expect(install).toBeLessThan(lines.findIndex((line) => line.includes("| sh")));
    expect(lines.filter((line) => line.length > 80 && !line.startsWith("  npx "))).toEqual([]);
    const { stderr } = await runConnack(["credential", "issue", "x", "--command"], {
      cwd: folder,
      env: { PATH: "/nonexistent" },
    });
    expect(stderr).toContain("mosquitto_pub, which is not installed here:\nsudo apt-get install mosquitto-clients\n");
  });

  it("a key file that is not text is refused, not bent into text", async () => {
    writeFileSync(join(folder, "raw"), Buffer.from("ff".repeat(40), "hex"));
    const result = await cli(["key", "add", "--scheme", "jwt", "--file", "raw"]);
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining("base64")]);
  });

  it("config check and show name the place of a mistake and the source of a value", async () => {
    writeFileSync(join(folder, "connack.yaml"), "devices:\n  enrollment: approve\n");
    const wrong = await cli(["config", "check"]);
    expect([wrong.code, wrong.stderr]).toEqual([78, expect.stringMatching(/connack\.yaml:2.*enrollment.*enrolment/s)]);
    writeFileSync(join(folder, "connack.yaml"), "devices:\n  enrolment: approve\n");
    const key = strong();
    const shown = await cli(["config", "show"], { env: { MQTT_SIGNATURE_KEY: key } });
    expect(shown.stdout).toMatch(/devices\.enrolment\s+approve\s+connack\.yaml:2/);
    expect(shown.stdout).toMatch(/credentials\.xiaozhiHmac\.key\s+\(set\)\s+MQTT_SIGNATURE_KEY/);
    expect(shown.stdout).not.toContain(key);
  });
});
