import { createHmac, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, expect, it } from "vitest";
import { realClients } from "./mqtt-clients.ts";
import { type RunResult, removeFolder, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

/** A secret as it may hide: as it is, in Base64 and base64url, percent-encoded, in JSON, in hexadecimal. */
function disguises(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = [0, 1, 2].map((shift) => {
    // The middle of the Base64 at each of the three alignments, so that a secret inside a longer text is found too.
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    return text.slice(shift === 0 ? 0 : 4, -2);
  });
  const url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [...new Set([secret, json, encodeURIComponent(secret), bytes.toString("hex"), ...base64, ...url])].filter(
    (text) => text.length >= 12,
  );
}

function files(at: string): string[] {
  return readdirSync(at).flatMap((name) => {
    const path = join(at, name);
    const stat = statSync(path);
    return stat.isDirectory() ? files(path) : stat.isFile() ? [path] : [];
  });
}

it("the search finds a secret in each of its disguises", () => {
  const secret = `s${randomBytes(15).toString("base64")} "\\ü`;
  const hidden = [
    `before ${secret} after`,
    JSON.stringify({ password: secret }),
    `password=${encodeURIComponent(secret)}&x=1`,
    Buffer.from(secret).toString("hex"),
    ...["", "a", "ab"].flatMap((before) => [
      Buffer.from(`${before}${secret}after`).toString("base64"),
      Buffer.from(`${before}${secret}after`).toString("base64url"),
    ]),
  ];
  expect(hidden.filter((text) => !disguises(secret).some((form) => text.includes(form)))).toEqual([]);
});

it("keys, passwords and tokens are nowhere but where they belong", { timeout: 240_000 }, async () => {
  const server = await startConnack({ folder, args: ["--log-level", "trace"] });
  const cli = (...args: string[]) => runConnack(args, { cwd: folder });
  const outputs: { from: string; text: string }[] = [];
  const keep = (from: string, result: RunResult) => outputs.push({ from, text: result.stdout + result.stderr });

  const jwt = await server.json<Record<string, string>>("credential", "issue", "sensor-1", "--add");
  const hmac = await server.json<Record<string, string>>(
    "credential",
    "issue",
    "02:00:00:00:00:02",
    "--scheme",
    "xiaozhi-hmac",
    "--add",
  );
  const login = await server.json<Record<string, string>>(
    "credential",
    "issue",
    "gateway",
    "--scheme",
    "password",
    "--add",
  );
  const chosen = `p${randomBytes(12).toString("base64url")} "quoted" \\ /+ü`;
  keep(
    "device add",
    await runConnack(["device", "add", "chosen", "--scheme", "password", "--password-stdin"], {
      cwd: folder,
      stdin: chosen,
    }),
  );
  const refusedKey = `weak-${"ab".repeat(8)}`;
  keep(
    "weak key",
    await runConnack(["key", "add", "--scheme", "jwt", "--file", "-"], { cwd: folder, stdin: refusedKey }),
  );
  const imported = randomBytes(32).toString("base64");
  keep(
    "key add",
    await runConnack(["key", "add", "--scheme", "jwt", "--file", "-", "--secret-encoding", "base64"], {
      cwd: folder,
      stdin: imported,
    }),
  );

  const keyFile = (id: string) =>
    JSON.parse(readFileSync(join(folder, `connack-data/keys/${id}.json`), "utf8")) as { secret: string };
  const brokerToken = readFileSync(join(folder, "connack-data/broker-token"), "utf8").trim();
  const wrongToken = `${jwt.password?.split(".").slice(0, 2).join(".")}.${createHmac("sha256", randomBytes(32)).update("x").digest("base64url")}`;
  const wrongPassword = `wrong ${randomBytes(12).toString("base64url")}`;

  const triples = [
    jwt,
    hmac,
    login,
    { ...jwt, password: wrongToken },
    { ...login, password: wrongPassword },
    { clientId: "chosen", username: "chosen", password: chosen },
  ];
  for (const triple of triples as { clientId: string; username: string; password: string }[]) {
    for (const client of realClients.filter((each) => each.name.startsWith("mqtt.js") && each.version !== 3))
      await client.connect(server.mqttPort, triple);
    const body = JSON.stringify({ clientid: triple.clientId, username: triple.username, password: triple.password });
    for (const headers of [
      {},
      { authorization: `Bearer ${brokerToken}` },
      { authorization: `Bearer ${brokerToken}x` },
    ]) {
      const response = await fetch(`http://127.0.0.1:${server.httpPort}/mqtt/auth`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      });
      outputs.push({ from: "answer", text: (await response.text()) + JSON.stringify([...response.headers]) });
    }
    const explain = ["credential", "explain", "-", "--client-id", triple.clientId, "--username", triple.username];
    keep("explain", await runConnack(explain, { cwd: folder, stdin: triple.password }));
    keep("explain --json", await runConnack([...explain, "--json"], { cwd: folder, stdin: triple.password }));
  }
  const post = async (path: string, body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${server.httpPort}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    outputs.push({ from: "answer", text: await response.text() });
  };
  // A secret where the client id or the user name belongs, and a body that breaks off in the middle of a password.
  const secretsOfDevices = [jwt.password, hmac.password, login.password, chosen, wrongPassword];
  for (const secret of secretsOfDevices)
    await post("/mqtt/auth", JSON.stringify({ clientid: "c", username: secret, password: "gateway" }));
  for (const secret of [jwt.password, hmac.password, login.password])
    await post("/mqtt/auth", JSON.stringify({ clientid: secret, username: "u", password: "p" }));
  const misplaced = JSON.stringify({ clientid: "c", username: jwt.password, password: jwt.password });
  for (const body of [misplaced, `{"clientid":"c","password":"${wrongPassword}`, `{"password":"${wrongPassword}"}`])
    await post("/mqtt/auth", body);
  // EMQX's events tell more than is kept of them.
  const event = { event: "client.connack", clientid: "c", reason_code: "not_authorized", username: wrongPassword };
  const properties = { conn_props: { "User-Property": { password: chosen } }, client_attrs: { secret: chosen } };
  const bearer = { authorization: `Bearer ${brokerToken}` };
  await post("/brokers/emqx/events", JSON.stringify({ ...event, ...properties }), bearer);
  await post("/brokers/emqx/events", JSON.stringify({ ...event, clientid: jwt.password }), bearer);
  await post("/brokers/emqx/events", `{"event":"client.connack","username":"${wrongPassword}`, bearer);
  await post("/brokers/emqx/events", JSON.stringify({ ...event }), { authorization: `Bearer ${brokerToken}x` });
  keep("device set", await runConnack(["device", "set", "chosen", "--password-stdin"], { cwd: folder, stdin: chosen }));
  for (const command of [
    ["status"],
    ["device", "list"],
    ["device", "show", "chosen"],
    ["key", "list"],
    ["config", "show", "--all"],
    ["reasons"],
    ["device", "timeline", "sensor-1"],
    ["device", "timeline", "gateway"],
    ["device", "timeline", "chosen"],
  ]) {
    keep(command.join(" "), await cli(...command));
    keep(`${command.join(" ")} --json`, await cli(...command, "--json"));
  }
  await new Promise((resolve) => setTimeout(resolve, 1500)); // sightings are written
  expect(await server.kill("SIGTERM")).toBe(0);
  const { stdout, stderr } = server.output();
  outputs.push({ from: "log", text: stdout }, { from: "stderr", text: stderr });

  const bad = await runConnack(["serve"], { cwd: temporaryFolder(), env: { MQTT_SIGNATURE_KEY: refusedKey } });
  keep("refused start", bad);
  expect(bad.code).toBe(78);

  const secrets: Record<string, string | undefined> = {
    "jwt key": keyFile("jwt-1").secret,
    "hmac key": keyFile("hmac-1").secret,
    "imported key": imported,
    "refused key": refusedKey,
    "broker token": brokerToken,
    "jwt signature": jwt.password?.split(".")[2],
    "hmac password": hmac.password,
    "made password": login.password,
    "chosen password": chosen,
    "wrong token's signature": wrongToken.split(".")[2],
    "wrong password": wrongPassword,
  };
  const belongs = (name: string, path: string) =>
    (path.startsWith("connack-data/keys/") && name.endsWith(" key")) ||
    (path === "connack-data/broker-token" && name === "broker token");
  const audit = files(folder).filter((path) => path.endsWith("/connack-data/audit.db"));
  expect(audit).toHaveLength(1);
  for (const path of files(folder)) outputs.push({ from: relative(folder, path), text: readFileSync(path, "latin1") });
  const found: string[] = [];
  let searched = 0;
  for (const [name, secret] of Object.entries(secrets)) {
    if (!secret) throw new Error(`no ${name} to look for`);
    for (const form of disguises(secret)) {
      const latin1 = Buffer.from(form).toString("latin1");
      searched++;
      for (const { from, text } of outputs) {
        if ((text.includes(form) || text.includes(latin1)) && !belongs(name, from)) found.push(`${name} in ${from}`);
      }
    }
  }
  expect([...new Set(found)]).toEqual([]);
  expect(searched).toBeGreaterThanOrEqual(50);
  expect(stdout).toContain("MQTT Auth"); // the log was really there to be searched
  // So was the audit: each kind of event that these secrets came near.
  const kept = readFileSync(audit[0] as string, "latin1");
  for (const text of [
    "bad_password",
    "bad_signature",
    "looks like a token",
    "device.set",
    "not_authorized",
    "sensor-1",
  ]) {
    expect(kept).toContain(text);
  }
});
