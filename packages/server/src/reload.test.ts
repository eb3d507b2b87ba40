import { generateKeyPairSync, randomBytes } from "node:crypto";
import { renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  hmacKey,
  type ReloadableService,
  serveForReload,
  signedLogin,
  tokenLogin,
} from "./testing/serve-for-reload.ts";

let service: ReloadableService;
beforeAll(async () => {
  service = await serveForReload();
});
afterAll(() => service.end());

const nowSeconds = () => Math.floor(Date.now() / 1000);
const strong = () => randomBytes(32).toString("hex");
const reloaded = async () => {
  await service.house.audit.flush();
  const { events } = await service.house.audit.query({ types: ["service", "change"] });
  return events.map(({ reason, detail, actor }) => ({ reason, detail, actor }));
};

describe("a good configuration", () => {
  it("names what is in force and what waits for the next start, until it is taken back", async () => {
    const { brokers } = service.house.listeners;
    const report = await service.reloadWith({
      "http.brokers.port": 8103,
      "brokers.embedded.webSocket.path": "/other",
      "devices.enrolment": "approve",
    });
    expect(report).toEqual({
      applied: [{ key: "devices.enrolment", from: "enrol", to: "approve", source: "command line", isLive: true }],
      atNextStart: [
        { key: "http.brokers.port", from: 0, to: 8103, source: "command line", isLive: false },
        { key: "brokers.embedded.webSocket.path", from: "/mqtt", to: "/other", source: "command line", isLive: false },
      ],
      keys: { added: [], removed: [] },
      files: [],
      overruled: [],
      warnings: [],
    });
    expect(service.house.listeners["brokers"]).toBe(brokers);
    expect(service.house.config.http.brokers.port).toBe(0);
    const waiting = "changed, takes effect at the next start: http.brokers.port, brokers.embedded.webSocket.path";
    expect(service.house.warnings()).toEqual([waiting]);
    expect((await reloaded())[0]).toEqual({
      reason: "reloaded",
      detail:
        "in force: devices.enrolment enrol → approve; changed, takes effect at the next start: " +
        "http.brokers.port 0 → 8103, brokers.embedded.webSocket.path /mqtt → /other",
      actor: "connack",
    });
    expect(service.lines.at(-1)).toMatchObject({
      level: 30,
      msg: `configuration read again: in force: devices.enrolment; ${waiting}`,
    });
    expect(await service.reloadWith({ "http.brokers.port": 8103, "devices.enrolment": "approve" })).toMatchObject({
      applied: [],
      atNextStart: [{ key: "http.brokers.port" }],
    });
    expect(await service.reloadWith({})).toMatchObject({ applied: [{ key: "devices.enrolment" }], atNextStart: [] });
    expect(service.house.warnings()).toEqual([]);
  });

  it("names keys that come, go and are replaced, and never what they are", async () => {
    await service.reloadWith({});
    const key = strong();
    const replaced = await service.reloadWith({ "credentials.xiaozhiHmac.key": key });
    expect(replaced).toMatchObject({ keys: { added: ["hmac-configured"], removed: ["hmac-configured"] } });
    const off = await service.reloadWith({ "credentials.jwt.enabled": false, "credentials.xiaozhiHmac.key": key });
    expect(off).toMatchObject({ keys: { added: [], removed: ["jwt-configured"] } });
    const told = JSON.stringify([replaced, off, await reloaded(), service.lines]);
    for (const secret of [key, hmacKey]) expect(told).not.toContain(secret);
  });

  it("leaves devices that are connected, with the rights they connected with", async () => {
    await service.reloadWith({});
    const connected = () => service.house.embedded?.connected().length;
    const { connectAsync } = await import("mqtt");
    const login = await tokenLogin("stays", nowSeconds());
    const options = { ...login, protocolVersion: 5, reconnectPeriod: 0 } as const;
    const client = await connectAsync(service.house.listeners["mqtt"] as string, options);
    await service.reloadWith({ "devices.enrolment": "refuse", "credentials.jwt.issuer": "somebody-else" });
    expect(connected()).toBe(1);
    await client.publishAsync("devices/stays/up", "x", { qos: 1 });
    expect(await service.decide(login)).toMatchObject({ result: "deny", reason: "wrong_issuer" });
    await client.endAsync();
  });

  it("is read once more for each time it is asked for, one after the other", async () => {
    const reports = await Promise.all([
      service.reloadWith({ "devices.enrolment": "refuse" }),
      service.reloadWith({ "devices.enrolment": "refuse" }),
    ]);
    expect(reports.map(({ applied }) => applied.length)).toEqual([expect.any(Number), 0]);
  });
});

describe("a bad configuration changes nothing and says why", () => {
  it.each([
    [
      "a value that cannot be",
      { "http.brokers.allowFrom": "everywhere" },
      /^command line: `http.brokers.allowFrom`: expected list/,
    ],
    ["what does not go together", { "http.brokers.tls.keyFile": "k.pem" }, /`http.brokers.tls.keyFile` needs/],
    [
      "TLS files that are not there",
      { "http.admin.tls.certificateFile": "/nowhere/c.pem", "http.admin.tls.keyFile": "/nowhere/k.pem" },
      /`http.admin.tls.certificateFile`: the file \/nowhere\/c.pem does not exist$/,
    ],
    ["a template that means nothing", { "credentials.jwt.identity": `\${claims.` }, /^credentials.jwt: /],
    ["a weak key", { "credentials.xiaozhiHmac.key": "password1" }, /^command line \(credentials.xiaozhiHmac.key\): /],
    ["a key file that is none", { "credentials.jwt.keyFiles": "/dev/null" }, /key file \/dev\/null: /],
    ["a key that is gone", { "credentials.jwt.secret": undefined }, /jwt key used to come from the configuration/],
  ])("%s", async (_what, overrides, message) => {
    await service.reloadWith({});
    const { config, warnings } = service.house;
    const keys = service.house.keyRing.keys();
    const others = { "log.level": "debug", "brokers.denyStatus": 401, "devices.enrolment": "refuse" };
    await expect(service.reloadWith({ ...others, ...overrides })).rejects.toThrow(message);
    expect(service.house.config).toBe(config);
    expect(service.house.warnings()).toEqual(warnings());
    expect(service.house.keyRing.keys()).toBe(keys);
    const answer = await service.run("config.apply", {}).catch((error: unknown) => error);
    expect(answer).toMatchObject({ code: "configuration", message: expect.stringMatching(message) });
    const login = await signedLogin("GID@@@02_00_00_00_00_99@@@x");
    expect(await service.decide(login)).toMatchObject({ result: "allow" });
    expect((await service.ask("brokers", "/mqtt/auth", { login: { ...login, password: "x" } })).status).toBe(200);
    const { length } = service.lines;
    service.log.debug("still hidden");
    expect(service.lines).toHaveLength(length);
  });
});

it("what an operator applies is kept with what it was and is, and who did it", async () => {
  await service.reloadWith({});
  const report = await service.run("config.apply", {});
  expect(report).toMatchObject({ applied: [], atNextStart: [] });
  expect((await reloaded()).slice(0, 2)).toEqual([
    { reason: "config.apply", detail: "nothing has changed", actor: "cli" },
    { reason: "reloaded", detail: "nothing has changed", actor: "connack" },
  ]);
  const key = strong();
  service.set({ "credentials.jwt.issuer": "acme", "credentials.xiaozhiHmac.key": key });
  await service.run("config.apply", {});
  expect((await reloaded())[0]).toEqual({
    reason: "config.apply",
    detail:
      "in force: credentials.xiaozhiHmac.key (set) → (set), credentials.jwt.issuer - → acme; " +
      "new keys: hmac-configured; keys gone: hmac-configured",
    actor: "cli",
  });
  service.set({ "credentials.jwt.secret": "changeme" });
  await expect(service.run("config.apply", {})).rejects.toMatchObject({ code: "configuration" });
  expect(service.lines.at(-1)).toMatchObject({
    level: 40,
    msg: expect.stringMatching(/^configuration not applied, nothing was changed: command line \(credentials/),
  });
});

describe("the file of the settings", () => {
  const path = () => join(service.folder, "connack.yaml");
  const whole = "devices: { enrolment: refuse }\nhttp: { brokers: { port: 8003 } }\n";

  it("is named with what wins over it; another one is refused", async () => {
    await service.reloadWith({});
    const file = service.file("connack.yaml", whole);
    const report = await service.reloadWith({});
    expect(report).toMatchObject({
      applied: [{ key: "devices.enrolment", to: "refuse" }],
      files: [file],
      overruled: [{ key: "http.brokers.port", by: "command line" }],
    });
    expect(service.lines.slice(-2).map(({ msg }) => msg)).toEqual([
      `configuration read again from ${file}: in force: devices.enrolment`,
      "http.brokers.port: the command line of the server wins over the file",
    ]);
    expect(await service.run("config.apply", { file })).toMatchObject({ files: [file] });
    const other = service.file("other.yaml", whole.replace("refuse", "approve"));
    await expect(service.run("config.apply", { file: other })).rejects.toMatchObject({
      code: "configuration",
      message: `${other}: the server does not read this file: it reads ${file}`,
    });
    symlinkSync(file, join(service.folder, "link.yaml"));
    expect(await service.run("config.apply", { file: join(service.folder, "link.yaml") })).toMatchObject({
      files: [file],
    });
  });

  it.each([
    ["gone", () => rmSync(path()), /connack\.yaml: the file was read before, and is gone$/],
    ["empty", () => service.file("connack.yaml", ""), /connack\.yaml: the file is empty, and was not before; /],
    ["blank", () => service.file("connack.yaml", "\uFEFF \n\n"), /connack\.yaml: the file is empty, /],
  ])("that is %s changes nothing, as often as it is asked", async (_what, spoil, message) => {
    service.file("connack.yaml", whole);
    await service.reloadWith({});
    spoil();
    await expect(service.reload()).rejects.toThrow(message);
    await expect(service.run("config.apply", {})).rejects.toMatchObject({ code: "configuration" });
    expect(service.house.config.devices.enrolment).toBe("refuse");
    service.file("connack.yaml", "# nothing is set\n");
    expect(await service.reload()).toMatchObject({ applied: [{ key: "devices.enrolment", to: "enrol" }] });
  });
});

it("no scheme left is a warning, of the reload and from then on", async () => {
  service.file("connack.yaml", "# nothing is set\n");
  const off = Object.fromEntries(
    ["jwt", "xiaozhiHmac", "password", "clientCertificate"].map((name) => [`credentials.${name}.enabled`, false]),
  );
  const warning = "no credential scheme is switched on (credentials.*.enabled): every device is refused.";
  expect(await service.reloadWith(off)).toMatchObject({ warnings: [warning] });
  expect(service.house.warnings()).toEqual([warning]);
  expect(await service.reloadWith({ ...off, "credentials.jwt.enabled": true })).toMatchObject({ warnings: [] });
  expect(service.house.warnings()).toEqual([]);
});

it("an audit that had to begin anew is a warning of /readyz, which stays 200", async () => {
  await service.house.audit.flush();
  renameSync(join(service.house.folder.path, "audit.db"), join(service.folder, "taken.db"));
  const told = async () => JSON.parse((await service.ask("brokers", "/readyz")).body) as { warnings: string[] };
  await vi.waitUntil(async () => (await told()).warnings.length > 0, { timeout: 20_000, interval: 50 });
  expect((await told()).warnings.join()).toContain("audit");
  await vi.waitUntil(() => service.house.audit.health().state === "ready", { timeout: 20_000, interval: 50 });
  expect((await told()).warnings).toEqual([expect.stringContaining("the audit file was taken away or set aside at ")]);
  expect((await service.ask("brokers", "/readyz")).status).toBe(200);
});

it("files are read again, though the settings are the same", async () => {
  await service.reloadWith({});
  const newKey = () =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }).toString();
  const overrides = { "credentials.jwt.keyFiles": service.file("issuer.pem", newKey()) };
  expect(await service.reloadWith(overrides)).toMatchObject({ keys: { added: ["file-1"], removed: [] } });
  expect(await service.reloadWith(overrides)).toMatchObject({ keys: { added: [], removed: [] } });
  service.file("issuer.pem", newKey());
  expect(await service.reloadWith(overrides)).toMatchObject({
    applied: [],
    keys: { added: ["file-1"], removed: ["file-1"] },
  });
});
