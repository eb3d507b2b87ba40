import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import mqtt from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CommandContext } from "../src/commands/command.ts";
import { sub } from "../src/commands/sub.ts";
import { socketCaller } from "./call-socket.ts";
import { type RunningConnack, removeFolder, run, runConnack, startConnack } from "./run-connack.ts";

const entry = fileURLToPath(new URL("../bin/connack.js", import.meta.url));

let server: RunningConnack;
let device: { clientId: string; username: string; password: string };
const started = new Set<ChildProcess>();
const freePorts = { CONNACK_BROKERS_EMBEDDED_WEB_SOCKET_PORT: "0" };

beforeAll(async () => {
  server = await startConnack();
  device = await server.json("credential", "issue", "sensor-1", "--add");
});
afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
  started.clear();
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

const cli = (...args: string[]) => runConnack(args, { cwd: server.folder });

/** `connack sub`, running; resolves when it waits for messages. */
async function startSub(...args: string[]) {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, ...freePorts };
  const child = spawn(process.execPath, [entry, "sub", ...args], { cwd: server.folder, env });
  started.add(child);
  const output = { stdout: Buffer.alloc(0), stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout = Buffer.concat([output.stdout, chunk]);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  await expect.poll(() => output.stderr, { timeout: 20_000 }).toContain("Waiting for messages");
  return { child, output, ended };
}

/** A device publishes, with somebody else's program. */
const publishAsDevice = (topic: string, message: string) =>
  run("mosquitto_pub", [
    ...["-h", "127.0.0.1", "-p", String(server.mqttPort), "-i", device.clientId, "-u", device.username],
    ...["-P", device.password, "-q", "1", "-t", topic, "-m", message],
  ]);

describe("connack sub", () => {
  it("prints what a device publishes, and nothing from other topics", async () => {
    const { output, ended } = await startSub("devices/sensor-1/temperature", "--count", "2");
    await publishAsDevice("devices/sensor-1/other", "not for you");
    await publishAsDevice("devices/sensor-1/temperature", "21.5");
    await publishAsDevice("devices/sensor-1/temperature", "22");
    expect(await ended).toBe(0);
    expect(output.stdout.toString()).toBe("devices/sensor-1/temperature 21.5\ndevices/sensor-1/temperature 22\n");
    expect(output.stderr).toMatch(/\n2 messages in \d+\.\d s\n$/);
  });

  it("several filters, JSON lines, and payloads that are no text", async () => {
    const reading = cli("sub", "a/+", "b/#", "--count", "2", "--json", "--qos", "1");
    const bytes = Buffer.from([0, 255, 10]);
    const sending = (async () => {
      // Retained, as nothing tells here when it waits.
      await runConnack(["pub", "a/1", "x y", "--retain"], { cwd: server.folder });
      await pubBytes("b/c/d", bytes, "--retain");
    })();
    const { code, stdout, stderr } = await reading;
    await sending;
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { topic: string });
    expect([code, stderr]).toEqual([0, ""]);
    expect(lines.sort((one, other) => one.topic.localeCompare(other.topic))).toMatchObject([
      { topic: "a/1", payload: "x y", qos: 1 },
      { topic: "b/c/d", payloadBase64: bytes.toString("base64") },
    ]);
  });

  it("shows control characters as codes, and raw bytes only with --raw", async () => {
    const hostile = "\u001b[2Jred\nsecond \u202eline";
    const text = await startSub("c/#", "--count", "1");
    const raw = await startSub("c/#", "--count", "1", "--raw");
    expect((await cli("pub", "c/\u001b[0m", hostile)).code).toBe(0);
    expect([await text.ended, await raw.ended]).toEqual([0, 0]);
    expect(text.output.stdout.toString()).toBe("c/\\u001b[0m \\u001b[2Jred\\u000asecond \\u202eline\n");
    expect(raw.output.stdout.toString()).toBe(hostile);
  });

  it("Ctrl-C ends it with 0 and a summary", async () => {
    const { child, output, ended } = await startSub("devices/#");
    child.kill("SIGINT");
    expect([await ended, output.stderr]).toEqual([0, expect.stringMatching(/\n0 messages in \d+\.\d s\n$/)]);
  });

  it("ends with 69 and says so when the broker ends", async () => {
    const other = await startConnack();
    const child = spawn(process.execPath, [entry, "sub", "x"], { cwd: other.folder });
    started.add(child);
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = once(child, "close");
    await expect.poll(() => stderr, { timeout: 20_000 }).toContain("Waiting for messages");
    await other.kill("SIGTERM");
    expect((await ended)[0]).toBe(69);
    expect(stderr).toContain("connack: the broker stops (0x8b)\n");
    removeFolder(other.folder);
  });

  it("takes the next message when the last one is written, and no sooner", async () => {
    const written: string[] = [];
    let drain = () => {};
    const drained = new Promise<void>((resolve) => {
      drain = resolve;
    });
    const { call, close } = socketCaller(server.folder);
    let waits = false;
    const context = {
      out: (text: string) => void written.push(text),
      outDrained: () => drained,
      err: () => {
        waits = true;
      },
      errColumns: Infinity,
      json: false,
      call,
    } as unknown as CommandContext;
    const code = sub.run({ args: ["flood"], options: { count: "5" } }, context);
    const witness = await guest({ subscribe: ["flood"] });
    let seen = 0;
    witness.on("message", () => {
      seen++;
    });
    await witness.subscribeAsync("flood");
    await expect.poll(() => waits).toBe(true);
    const writer = await guest({ publish: { topic: "flood", qos: 0, retain: false } });
    for (let index = 0; index < 5; index++) await writer.publishAsync("flood", String(index));
    await expect.poll(() => seen).toBe(5);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toEqual(["flood 0\n"]);
    drain();
    expect(await code).toBe(0);
    expect(written).toHaveLength(5);
    await Promise.all([witness.endAsync(), writer.endAsync()]);
    close();
  });

  it("a filter that is none ends with 2; without a server or an embedded broker it ends with 69 and the next step", async () => {
    expect((await cli("sub", "a#")).code).toBe(2);
    expect((await cli("sub", "x", "--count", "0")).code).toBe(2);
    const other = await startConnack({ args: ["--no-embedded-broker"] });
    const external = await runConnack(["sub", "devices/#"], { cwd: other.folder });
    expect([external.code, external.stderr]).toEqual([69, expect.stringContaining("-t 'devices/#' -v")]);
    await other.kill("SIGTERM");
    for (const words of [
      ["sub", "x"],
      ["pub", "x", "y"],
    ]) {
      const alone = await runConnack(words, { cwd: other.folder });
      expect([alone.code, alone.stderr]).toEqual([69, expect.stringContaining("no server runs")]);
    }
    removeFolder(other.folder);
  });
});

function pubBytes(topic: string, bytes: Buffer, ...options: string[]): Promise<number | null> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [entry, "pub", topic, "-", ...options], {
    cwd: server.folder,
    env: { PATH, HOME },
  });
  child.stdin.end(bytes);
  return once(child, "close").then(([code]) => code as number | null);
}

describe("connack pub", () => {
  it("reaches mosquitto_sub", async () => {
    const service = await server.json<{ command: string }>("service", "add", "dash", "--profile", "dashboard");
    const reading = run("sh", ["-c", `${service.command} -C 1 -W 20`]);
    let done = false;
    const result = reading.finally(() => {
      done = true;
    });
    while (!done) await cli("pub", "devices/x/led", "on");
    expect(await result).toMatchObject({ code: 0, stdout: "devices/x/led on\n" });
  });

  it("reads standard input as it is, and says what it did", async () => {
    const bytes = Buffer.from([1, 0, 254]);
    const { output, ended } = await startSub("bin", "--raw", "--count", "1");
    expect(await pubBytes("bin", bytes, "--qos", "2")).toBe(0);
    expect(await ended).toBe(0);
    expect(output.stdout).toEqual(bytes);
    expect((await cli("pub", "p/1", "hello", "--qos", "0")).stdout).toBe("sent 5 bytes to p/1 (QoS 0)\n");
    expect(await server.json("pub", "p/1", "", "--retain")).toEqual({ topic: "p/1", bytes: 0, qos: 1, retain: true });
  });

  it.each([
    [["pub", "a/#", "x"], 2, /is a filter/],
    [["pub", "$SYS/a", "x"], 2, /begin with \$/],
    [["pub", "a", "x", "--qos", "3"], 2, /--qos takes 0, 1 or 2/],
    [["pub", "a", "x".repeat(100_000)], 0, /^$/],
  ])("%#: ends with its code", async (args, code, message) => {
    const result = await cli(...args);
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(message)]);
  });

  it("a message that is too large is refused before it is sent", async () => {
    const child = await pubBytes("a", Buffer.alloc(300_000));
    expect(child).toBe(1);
  });
});

type Purpose = { subscribe: string[] } | { publish: { topic: string; qos: number; retain: boolean } };

interface Lent {
  url: string;
  username: string;
  password: string;
}

async function lend(purpose: Purpose): Promise<Lent> {
  const { call, close } = socketCaller(server.folder);
  try {
    return (await call("service.lend", purpose)) as unknown as Lent;
  } finally {
    close();
  }
}

function connect({ url, username, password }: Lent, clientId = username): Promise<mqtt.MqttClient> {
  return mqtt.connectAsync(url, { clientId, username, password, protocolVersion: 5, reconnectPeriod: 0 });
}

async function guest(purpose: Purpose): Promise<mqtt.MqttClient> {
  return connect(await lend(purpose));
}

const refusal = (attempt: Promise<mqtt.MqttClient>) =>
  attempt.then(
    () => "let in",
    (error: { code?: number }) => error.code,
  );

describe("the credential behind them", () => {
  it("holds once: not twice at a time, and not after its connection ended", async () => {
    const lent = await lend({ subscribe: ["a"] });
    const client = await connect(lent);
    expect(await refusal(connect(lent))).toBe(0x86);
    expect(client.connected).toBe(true);
    await client.endAsync();
    expect(await refusal(connect(lent))).toBe(0x86);
  });

  it("not with another client id, nor with another password", async () => {
    const lent = await lend({ subscribe: ["a"] });
    expect(await refusal(connect(lent, "other"))).toBe(0x86);
    expect(await refusal(connect({ ...lent, password: `${lent.password}x` }))).toBe(0x86);
  });

  it("for its filters and no other, and never for publishing", async () => {
    const client = await guest({ subscribe: ["a/+", "b"] });
    const grant = (filter: string) =>
      client.subscribeAsync(filter).then(
        ([granted]) => granted?.qos,
        () => "refused",
      );
    expect([await grant("a/+"), await grant("b")]).toEqual([0, 0]);
    for (const filter of ["a/x", "a/#", "#", "+", "c", "$SYS/#"])
      expect([filter, await grant(filter)]).toEqual([filter, "refused"]);
    await expect(client.publishAsync("b", "x", { qos: 1 })).rejects.toMatchObject({ code: 0x87 });
    await client.endAsync();
  });

  it("for its topic at its QoS and no other, and never for reading", async () => {
    const client = await guest({ publish: { topic: "a", qos: 1, retain: false } });
    await client.publishAsync("a", "x", { qos: 1 });
    await expect(client.publishAsync("b", "x", { qos: 1 })).rejects.toMatchObject({ code: 0x87 });
    await expect(client.publishAsync("a", "x", { qos: 1, retain: true })).rejects.toMatchObject({ code: 0x87 });
    await expect(client.subscribeAsync("a")).rejects.toThrow();
    await client.endAsync();
  });

  it("not over HTTP, where brokers ask", async () => {
    const { username, password } = await lend({ subscribe: ["a"] });
    const response = await fetch(`http://127.0.0.1:${server.httpPort}/mqtt/auth`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ clientid: username, username, password }),
    });
    expect(await response.json()).toMatchObject({ result: "deny" });
  });

  it("is in the log by its name, never by its password, and in no list", async () => {
    const lent = await lend({ subscribe: ["a"] });
    await (await connect(lent)).endAsync();
    await expect.poll(() => server.output().stdout).toContain(`"deviceId":"${lent.username}"`);
    expect(server.output().stdout + server.output().stderr).not.toContain(lent.password);
    for (const list of ["device", "service"]) expect((await cli(list, "list", "--json")).stdout).not.toContain("cli-");
  });
});
