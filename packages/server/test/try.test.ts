import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newCa, newServer } from "../src/brokers/embedded/testing/lab-certificates.ts";
import type { TrialReport } from "../src/trial/trial-report.ts";
import { runCommand } from "./run-command.ts";
import {
  type RunningConnack,
  type RunResult,
  removeFolder,
  run,
  runConnack,
  startConnack,
  temporaryFolder,
} from "./run-connack.ts";
import { closedPort, connack, type Peer, startFakeBroker, startMosquitto } from "./try-peers.ts";

let server: RunningConnack;
/** Without a server and without a data folder. */
let elsewhere: string;
let secret: string;
const outputs: RunResult[] = [];
const secrets: string[] = [];

beforeAll(async () => {
  elsewhere = temporaryFolder();
  server = await startConnack();
  await server.json("device", "add", "sensor-1", "--scheme", "jwt");
  secret = JSON.parse(readFileSync(join(server.folder, "connack-data/keys/jwt-1.json"), "utf8")).secret;
  secrets.push(secret);
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(server.folder);
  removeFolder(elsewhere);
});

async function tryAt(cwd: string, args: string[], stdin?: string): Promise<RunResult> {
  const result = await runCommand(["try", ...args], { cwd, ...(stdin !== undefined && { stdin }) });
  outputs.push(result);
  return result;
}
const tryHere = (...args: string[]) => tryAt(server.folder, args);
const url = () => `mqtt://127.0.0.1:${server.mqttPort}`;
const report = ({ stdout }: RunResult) => JSON.parse(stdout) as TrialReport;
const states = ({ steps }: TrialReport) => Object.fromEntries(steps.map(({ name, state }) => [name, state]));

function secretFile(name: string, text: string): string {
  secrets.push(text);
  const file = join(elsewhere, name);
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return file;
}

function token(claims: object, key = secret): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  const signature = createHmac("sha256", key).update(text).digest("base64url");
  secrets.push(signature);
  return `${text}.${signature}`;
}

describe("at the embedded broker", () => {
  it.each(["3.1.1", "5"])("works with MQTT %s: each step, and the message comes back", async (version) => {
    const result = await tryHere(url(), "--device", "sensor-1", "--mqtt", version);
    expect([result.code, result.stderr]).toEqual([0, ""]);
    for (const step of ["credential", "TCP", "CONNACK", "SUBACK", "PUBACK", "message", "DISCONNECT"])
      expect(result.stdout).toMatch(new RegExp(`^\\+ ${step} `, "m"));
    expect(result.stdout).toMatch(/claims +\{"sub": "sensor-1", "iat"/);
    expect(result.stdout).toMatch(/expires +\S+ \S+ UTC, in (?:1 h|59 min)/);
    expect(result.stdout.replace(/\s+/g, " ")).toMatch(
      /Works: sensor-1 is let in, may subscribe and publish, and had its message back after \d+ ms\. $/,
    );
    const long = result.stdout.split("\n").filter((line) => line.length > 80);
    expect(long).toEqual([]);
  });

  it("--json is one object that jq reads", async () => {
    const result = await tryHere(url(), "--device", "sensor-1", "--json");
    const jq = await run("jq", ["-r", "[.works, .broker, .connack.code, .topics.publish] | @tsv"], {
      stdin: result.stdout,
    });
    expect([jq.code, jq.stdout]).toEqual([0, "true\tembedded\t0\tdevices/sensor-1/hello\n"]);
    expect(states(report(result))).toMatchObject({ CONNACK: "passed", message: "passed", DISCONNECT: "passed" });
    expect(report(result)).toMatchObject({ token: { payload: { sub: "sensor-1" } }, mqtt: "3.1.1" });
  });

  it("a wrong password: Connack's own reason, its fix, and the timeline", async () => {
    const file = secretFile("wrong", randomBytes(12).toString("hex"));
    const words = [url(), "--client-id", "sensor-1", "--username", "sensor-1", "--password-file", file];
    const result = await tryHere(...words);
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/^x CONNACK {5}4 \(bad user name or password\)/m);
    expect(result.stdout).toContain("Connack's reason: bad_password.");
    expect(result.stdout).toMatch(/\nFix: .+\n(?:.+\n)?Next: connack device timeline sensor-1\n$/);
    const five = report(await tryHere(...words, "--mqtt", "5", "--json"));
    expect(five).toMatchObject({ works: false, connack: { code: 0x86 }, recorded: { reason: "bad_password" } });
  });

  it("a token from standard input that has expired: warned before, and the reason after", async () => {
    const now = Math.floor(Date.now() / 1000);
    const expired = token({ sub: "sensor-1", iat: now - 7200, exp: now - 3600 });
    const result = await tryAt(server.folder, [url(), "--password-stdin"], expired);
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/^! token .*It has expired 1 h ago/m);
    expect(result.stdout).toContain("No client id and user name given");
    expect(result.stdout).toContain("token_expired");
  });

  it("a device that is disabled, by name and reason", async () => {
    await server.json("device", "add", "off-1", "--scheme", "jwt");
    await server.json("device", "disable", "off-1");
    const result = report(await tryHere(url(), "--device", "off-1", "--json"));
    expect(result).toMatchObject({
      connack: { code: 5 },
      recorded: { reason: "device_disabled", fix: "connack device enable off-1" },
      next: "connack device timeline off-1",
    });
  });

  it("a topic it may not use: SUBACK refused, PUBACK told all the same, and who decides", async () => {
    const words = [url(), "--device", "sensor-1", "--topic", "other/x"];
    const result = await tryHere(...words);
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/^x SUBACK .*refuses the subscription to other\/x \(SUBACK 128\)/m);
    expect(result.stdout).toMatch(/^\+ PUBACK .*acknowledged/m);
    expect(result.stdout).toMatch(/^\+ DISCONNECT/m);
    expect(result.stdout).toMatch(/\nNext: connack acl test sensor-1 subscribe other\/x\n$/);
    const five = report(await tryHere(...words, "--mqtt", "5", "--json"));
    expect(states(five)).toMatchObject({ SUBACK: "failed", PUBACK: "failed", DISCONNECT: "passed" });
    expect(five.sentence).toContain("SUBACK 135");
  });

  it("a message that MQTT 3.1.1 acknowledges and the broker drops", async () => {
    await server.json("device", "add", "reader-1", "--scheme", "jwt");
    await server.json("acl", "set", "reader-1", "--allow-subscribe", "in/#", "--profile", "none");
    const result = await tryHere(url(), "--device", "reader-1", "--topic", "in/x", "--timeout", "1s");
    expect(result.code).toBe(1);
    expect(result.stdout.replace(/\s+/g, " ")).toContain(
      "acknowledged the message and did not send it back within 1 s. With MQTT 3.1.1 it cannot say no",
    );
    expect(result.stdout).toMatch(/\nNext: connack acl test reader-1 publish in\/x\n$/);
  });

  it("takes the first topic that the rights allow; --no-publish only subscribes", async () => {
    await server.json("device", "add", "custom-1", "--scheme", "jwt");
    await server.json("acl", "set", "custom-1", "--allow", "lab/+/door", "--profile", "none");
    const result = report(await tryHere(url(), "--device", "custom-1", "--no-publish", "--json"));
    expect(result).toMatchObject({ works: true, topics: { subscribe: "lab/hello/door" } });
    expect(states(result)).toMatchObject({ SUBACK: "passed", PUBACK: "skipped" });
  });

  it("a token made here with a shared secret, as the guide's device makes it", async () => {
    const file = secretFile("shared", secret);
    const claims = ["--claim", "iss=esp32-sensor", "--claim", "mac_address=02:00:00:00:00:01"];
    const words = [url(), "--device", "sensor-1", "--jwt-secret-file", file, ...claims, "--expires-in", "5m", "--json"];
    const right = report(await tryHere(...words));
    expect(right).toMatchObject({ works: true, token: { payload: { iss: "esp32-sensor", sub: "sensor-1" } } });
    expect(right.token?.expires).toMatch(/in (?:5 min|4 min 5\d s)$/);
    const other = secretFile("other", randomBytes(8).toString("hex"));
    const wrong = await tryHere(url(), "--device", "sensor-1", "--jwt-secret-file", other);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain("The secret has 16 bytes");
    expect(wrong.stdout).toContain("bad_signature");
  });

  it("a xiaozhi device with its own two topics", async () => {
    const words = ["--device", "02-00-00-00-00-0A", "--scheme", "xiaozhi-hmac", "--json"];
    const result = report(await tryHere(url(), ...words));
    expect(result).toMatchObject({
      works: true,
      deviceId: "02:00:00:00:00:0a",
      topics: { subscribe: "devices/p2p/02_00_00_00_00_0a", publish: "device-server" },
    });
  });

  it("over WebSocket, and a path that is none", async () => {
    const ready = JSON.parse(
      server
        .output()
        .stdout.split("\n")
        .find((line) => line.includes("is ready")) ?? "{}",
    );
    const ws = new URL(ready.ws);
    const right = await tryHere(`ws://127.0.0.1:${ws.port}/mqtt`, "--device", "sensor-1", "--json");
    expect(report(right)).toMatchObject({ works: true, broker: "embedded" });
    const wrong = await tryHere(`ws://127.0.0.1:${ws.port}/other`, "--device", "sensor-1", "--json");
    expect([wrong.code, report(wrong).sentence]).toEqual([69, expect.stringContaining("takes no WebSocket there")]);
  });
});

describe("TLS", () => {
  let folder: string;
  let secure: RunningConnack;
  let port: string;
  beforeAll(async () => {
    folder = temporaryFolder();
    await runConnack(["tls", "dev-ca"], { cwd: folder });
    const files = "{ certificateFile: connack-data/tls/server.crt, keyFile: connack-data/tls/server.key }";
    writeFileSync(join(folder, "connack.yaml"), `brokers: { embedded: { tls: ${files} } }\n`);
    secure = await startConnack({ folder });
    const line = secure
      .output()
      .stdout.split("\n")
      .find((each) => each.includes("is ready"));
    port = new URL(JSON.parse(line ?? "{}").mqtts).port;
  });
  afterAll(async () => {
    await secure.kill("SIGTERM");
    removeFolder(folder);
  });
  const trySecure = (...args: string[]) => tryAt(folder, [...args, "--device", "s", "--json"]);

  it("works with the right CA", async () => {
    const result = report(await trySecure(`mqtts://localhost:${port}`, "--ca", "connack-data/tls/ca.crt"));
    expect(result.works).toBe(true);
    expect(result.steps.find(({ name }) => name === "TLS")?.text).toMatch(/^TLSv1\.3; the certificate/);
  });

  it("names a wrong CA, a missing one, and a URL without TLS", async () => {
    const other = join(folder, "other.crt");
    writeFileSync(other, newCa("another CA").certificate);
    const wrong = await trySecure(`mqtts://localhost:${port}`, "--ca", other);
    expect([wrong.code, report(wrong).sentence]).toEqual([69, expect.stringContaining("not signed by the CA of --ca")]);
    expect(states(report(wrong))).toMatchObject({ TCP: "passed", TLS: "failed" });
    const none = report(await trySecure(`mqtts://localhost:${port}`));
    expect([none.sentence, none.next]).toEqual([
      expect.stringContaining("not signed by a CA that this system trusts"),
      expect.stringContaining("--ca <file>"),
    ]);
    const plain = await trySecure(`mqtt://localhost:${port}`, "--timeout", "3s");
    expect([plain.code, report(plain).next]).toEqual([69, expect.stringMatching(/TLS/)]);
  });

  it("a client certificate and key that do not fit are refused before anything is sent", async () => {
    const one = newServer(newCa());
    const cert = join(folder, "one.crt");
    writeFileSync(cert, one.certificate);
    const result = await trySecure(`mqtts://localhost:${port}`, "--cert", cert);
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining("--cert and --key go together")]);
  });
});

describe("at Mosquitto", () => {
  let mosquitto: Peer;
  let passwordFile: string;
  beforeAll(async () => {
    const password = randomBytes(12).toString("hex");
    passwordFile = secretFile("mosquitto", password);
    mosquitto = await startMosquitto(elsewhere, "pi", password);
  });
  afterAll(() => mosquitto.stop());
  const tryPi = (file: string, ...more: string[]) =>
    tryAt(elsewhere, [
      ...[`mqtt://127.0.0.1:${mosquitto.port}`, "--client-id", "pi", "--username", "pi", "--password-file", file],
      ...["--broker", "mosquitto", "--timeout", "3s", ...more],
    ]);

  it.each(["3.1.1", "5"])("works, with MQTT %s", async (version) => {
    const result = report(await tryPi(passwordFile, "--mqtt", version, "--json"));
    expect(result).toMatchObject({ works: true, broker: "mosquitto", topics: { publish: "devices/pi/hello" } });
  });

  it("a wrong password is 5, and that is said for this broker", async () => {
    const wrong = secretFile("mosquitto-wrong", randomBytes(12).toString("hex"));
    const result = await tryPi(wrong);
    expect(result.code).toBe(1);
    expect(result.stdout.replace(/\s+/g, " ")).toContain(
      "5 (not authorized). Mosquitto answers this for everything: wrong password",
    );
    expect(report(await tryPi(wrong, "--mqtt", "5", "--json")).connack?.code).toBe(135);
  });

  it("a topic that its ACL refuses", async () => {
    const result = await tryPi(passwordFile, "--topic", "other/x", "--mqtt", "5", "--json");
    expect(result.code).toBe(1);
    const told = report(result);
    expect(told.works).toBe(false);
    expect(states(told)["PUBACK"]).toBe("failed");
    expect(told.next).toContain("--topic <topic>");
    expect(await tryPi(passwordFile, "--topic", "other/x", "--json")).toMatchObject({ code: 1 });
  });
});

describe("at other peers", () => {
  let peer: Peer | undefined;
  afterEach(async () => {
    await peer?.stop();
    peer = undefined;
  });
  const login = () => ["--client-id", "c", "--username", "u", "--password-file", secretFile("login", "p4ss-w0rd-x")];

  it.each([
    [2, "identifier rejected"],
    [3, "server unavailable"],
    [4, "bad user name or password"],
    [5, "not authorized"],
    [134, "bad user name or password"],
    [135, "not authorized"],
    [136, "server unavailable"],
    [138, "banned"],
  ])("CONNACK %i is %s", async (code, name) => {
    const fake = await startFakeBroker(connack(code));
    peer = fake;
    const version = code < 128 ? "3.1.1" : "5";
    const result = await tryAt(elsewhere, [
      `mqtt://127.0.0.1:${fake.port}`,
      ...login(),
      ...["--mqtt", version, "--json"],
    ]);
    const told = report(result);
    expect([result.code, told.connack?.code]).toEqual([1, code]);
    expect(told.connack?.name).toContain(name);
    expect(told.connack?.meaning).toMatch(/\.$/);
    expect(told.next).toMatch(/\S/);
    // What is said of its size is what was sent.
    expect(Buffer.concat(fake.received).length).toBe(told.connectBytes);
  });

  it("a port that nothing listens on", async () => {
    const port = await closedPort();
    const result = await tryAt(elsewhere, [`mqtt://127.0.0.1:${port}`, ...login()]);
    expect(result.code).toBe(69);
    expect(result.stdout.replace(/\s+/g, " ")).toContain(`Does not work: Nothing listens at 127.0.0.1:${port}`);
    expect(result.stdout).not.toContain("CONNACK");
  });

  it("a listener that never answers", async () => {
    peer = await startFakeBroker();
    const result = await tryAt(elsewhere, [`mqtt://127.0.0.1:${peer.port}`, ...login(), "--timeout", "1s"]);
    expect([result.code, result.stdout]).toEqual([69, expect.stringContaining("no CONNACK came within 1 s")]);
    const tls = await tryAt(elsewhere, [`mqtts://127.0.0.1:${peer.port}`, ...login(), "--timeout", "1s", "--json"]);
    expect([tls.code, states(report(tls))]).toEqual([69, expect.objectContaining({ TCP: "passed", TLS: "failed" })]);
  });

  it("one that closes, and one that speaks something else", async () => {
    peer = await startFakeBroker(Buffer.alloc(0));
    const closed = await tryAt(elsewhere, [`mqtt://127.0.0.1:${peer.port}`, ...login(), "--json"]);
    expect([closed.code, report(closed).sentence]).toEqual([69, expect.stringContaining("closed the connection")]);
    await peer.stop();
    peer = await startFakeBroker(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const http = await tryAt(elsewhere, [`mqtt://127.0.0.1:${peer.port}`, ...login(), "--json"]);
    expect([http.code, report(http).sentence]).toEqual([69, expect.stringContaining("does not speak MQTT")]);
    const noTls = await tryAt(elsewhere, [`mqtts://127.0.0.1:${peer.port}`, ...login(), "--json"]);
    expect([noTls.code, report(noTls).sentence]).toEqual([69, expect.stringContaining("does not speak TLS")]);
  });

  it("a name without an address", async () => {
    const result = await tryAt(elsewhere, ["mqtt://nobody.invalid", ...login(), "--timeout", "5s", "--json"]);
    expect([result.code, states(report(result))]).toEqual([69, expect.objectContaining({ DNS: "failed" })]);
  });
});

describe("the command line", () => {
  it.each([
    [[], /nothing to connect with: give --device/],
    [["--device", "d", "--scheme", "password"], /Allowed choices are/],
    [["--device", "d", "--topic", "a/#"], /--topic/],
  ])("%j is refused with what to do", async (words, message) => {
    const result = await tryAt(elsewhere, [url(), ...words], "");
    expect([result.code, result.stdout, result.stderr]).toEqual([2, "", expect.stringMatching(message)]);
  });

  it("a password of several lines, and one in the URL", async () => {
    const two = await tryAt(elsewhere, [url(), "--password-stdin", "--client-id", "c", "--username", "u"], "a\nb");
    expect([two.code, two.stderr]).toEqual([2, expect.stringContaining("more than one line")]);
    const url2 = `mqtt://user:hunter2hunter2@127.0.0.1:${server.mqttPort}`;
    secrets.push("hunter2hunter2");
    expect((await tryAt(elsewhere, [url2, "--device", "d"])).code).toBe(2);
  });

  it("without a data folder --device says so", async () => {
    const result = await tryAt(elsewhere, [url(), "--device", "d"]);
    expect([result.code, result.stderr]).toEqual([78, expect.stringContaining("no data folder")]);
  });

  it("--help has examples, and no line is longer than a page", async () => {
    const { stdout, code } = await runConnack(["try", "--help"], { cwd: elsewhere });
    expect([code, stdout]).toEqual([0, expect.stringContaining("\nExample:\n  connack try mqtt://")]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("no password, no secret and no signature was printed by any of these runs", () => {
    expect(outputs.length).toBeGreaterThan(40);
    for (const { stdout, stderr } of outputs) {
      const text = stdout + stderr;
      expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+/);
      for (const each of secrets) if (text.includes(each)) throw new Error(`a secret of ${each.length} characters`);
    }
  });
});
