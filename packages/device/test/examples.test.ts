import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { mintJwt } from "@connack/credentials";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RunningConnack, removeFolder, runConnack, startConnack } from "../../server/test/run-connack.ts";
import { type Chromium, startChromium } from "./chromium.ts";
import { webSocketUrl } from "./web-socket-url.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const secret = randomBytes(32).toString("hex");
let server: RunningConnack;
const started = new Set<ChildProcess>();
beforeAll(async () => {
  server = await startConnack({ env: { CONNACK_CREDENTIALS_JWT_SECRET: secret } });
});
afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
  started.clear();
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

/** A program as a user starts it in the clone, against our broker. */
function start(program: string, args: string[], env: Record<string, string>) {
  const { PATH = "" } = process.env;
  const MQTT_URL = `mqtt://127.0.0.1:${server.mqttPort}`;
  const child = spawn(program, args, { cwd: root, env: { PATH, MQTT_URL, ...env } });
  started.add(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, output, ended };
}

const example = (file: string, env: Record<string, string>) => start(process.execPath, [`examples/${file}`], env);
const printed = (output: { stdout: string }) => expect.poll(() => output.stdout, { timeout: 20_000 });
const connack = (...args: string[]) => runConnack(args, { cwd: server.folder });

describe("examples/node-sensor.mjs", () => {
  it("measures, hears commands, and ends in order", async () => {
    const { child, output, ended } = example("node-sensor.mjs", { DEVICE_ID: "sensor-1", JWT_SECRET: secret });
    await printed(output).toContain("connected");
    await connack("pub", "devices/sensor-1/commands/led", "on", "--retain");
    await printed(output).toContain("devices/sensor-1/commands/led on");
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(output).toEqual({
      stdout: "getting credentials\nconnecting\nconnected\ndevices/sensor-1/commands/led on\nstopped\n",
      stderr: "",
    });
    // Not what its last will says: it said goodbye.
    const status = await connack("sub", "devices/sensor-1/status", "--count", "1");
    expect(status.stdout).toBe("devices/sensor-1/status stopped\n");
  });

  it.each([{ DEVICE_ID: "sensor-1" }, { JWT_SECRET: secret }])("has no default for who it is", async (env) => {
    const { output, ended } = example("node-sensor.mjs", env);
    expect(await ended).toBe(1);
    expect(output.stderr).toMatch(/TypeError: (secret|deviceId) has to be a text/);
  });
});

describe("the migration from mqtt.js", () => {
  it.each(["migration-before.mjs", "migration-after.mjs"])("%s publishes and hears commands", async (file) => {
    const id = file.slice(0, -4);
    const { password } = await server.json<{ password: string }>("credential", "issue", id, "--add");
    const { child, output, ended } = example(file, { DEVICE_ID: id, TOKEN: password, JWT_SECRET: secret });
    await printed(output).toContain("21.5 is at the broker");
    await connack("pub", `devices/${id}/commands/led`, "on", "--retain");
    await printed(output).toContain(`devices/${id}/commands/led on`);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(output.stderr).toBe("");
  });

  it("is worth it: a token that is refused ends mqtt.js 5.16, and a device makes the next one", async () => {
    const TOKEN = await mintJwt({
      claims: { sub: "late", iat: 1_700_000_000, exp: 1_700_003_600 },
      algorithm: "HS256",
      key: new TextEncoder().encode(secret),
    });
    const before = example("migration-before.mjs", { DEVICE_ID: "late", TOKEN });
    expect(await before.ended).toBe(0);
    expect(before.output).toEqual({ stdout: "", stderr: "Connection refused: Bad username or password\n" });

    const after = example("migration-after.mjs", { DEVICE_ID: "late", JWT_SECRET: randomBytes(32).toString("hex") });
    const refusals = () => after.output.stderr.split("The broker refused the connection: 4").length - 1;
    await expect.poll(refusals, { timeout: 30_000 }).toBeGreaterThan(1);
    after.child.kill("SIGINT");
    expect(await after.ended).toBe(0);
    expect(after.output.stderr).toMatch(/\nthe device was stopped\n$/);
  });
});

/** As docs/device.md has it, on a free port; the server takes the place of the shell, so that it ends with it. */
function serveCommand(): string {
  const page = readFileSync(new URL("../../../docs/device.md", import.meta.url), "utf8");
  const block = /```sh\n([^`]*http\.server 8000[^`]*)```/.exec(page)?.[1];
  if (block === undefined) throw new Error("docs/device.md does not serve the page");
  return block.replace("python3 -m http.server 8000", "exec python3 -m http.server 0");
}

describe("examples/browser.html", () => {
  let chromium: Chromium | undefined;
  afterAll(() => chromium?.close());

  it("connects from a page without a bundler", async () => {
    const files = start("bash", ["-c", `exec 2>&1; export PYTHONUNBUFFERED=1; ${serveCommand()}`], {
      TMPDIR: server.folder,
    });
    await printed(files.output).toMatch(/port \d+/);
    const port = /port (\d+)/.exec(files.output.stdout)?.[1];
    chromium = await startChromium();
    const page = await chromium.open(`http://127.0.0.1:${port}/examples/browser.html`);
    // Scripts of the page, too, have run when it is complete.
    const ready = `document.readyState === "complete" && document.querySelector("form") !== null`;
    await expect.poll(() => page.evaluate(ready), { timeout: 20_000 }).toBe(true);
    const fields = { url: webSocketUrl(server), deviceId: "page-1", secret };
    for (const [name, value] of Object.entries(fields)) {
      await page.evaluate(`document.querySelector("[name=${name}]").value = ${JSON.stringify(value)}`);
    }
    await page.evaluate(`document.querySelector("button").click()`);
    const lines = () => page.evaluate<string[]>(`[...document.querySelectorAll("li")].map((line) => line.textContent)`);
    await expect
      .poll(async () => (await lines()).sort(), { timeout: 20_000 })
      .toEqual(["devices/page-1/hello from a browser", "the broker has it"]);
    expect(await page.evaluate(`document.querySelector("#state").textContent`)).toBe("connected");
    expect(await page.evaluate(`document.body.innerHTML`)).not.toContain(secret);
  });
});
