import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load-config.ts";
import { type House, openHouse } from "../open-house.ts";
import type { IssuedCredential } from "./issue-credential.ts";
import { OperationError } from "./operation.ts";
import { runOperation } from "./operations.ts";

const nowMs = Date.UTC(2026, 0, 2);
const parent = mkdtempSync(join(tmpdir(), "connack-issue-"));
const houses = new Map<string, Promise<House>>();
afterAll(async () => {
  for (const house of houses.values()) await (await house).close();
  rmSync(parent, { recursive: true });
});

/** One house for each configuration, opened when it is first asked for. */
async function houseWith(overrides: Record<string, unknown> = {}) {
  const key = JSON.stringify(overrides);
  const dataDir = join(parent, String(houses.size));
  const loaded = loadConfig({ env: {}, cwd: parent, overrides: { dataDir, ...overrides } });
  const opened = houses.get(key) ?? openHouse({ loaded, nowMs: () => nowMs });
  houses.set(key, opened);
  const house = await opened;
  const run = (name: string, input: unknown) => runOperation(house, name, input);
  const issue = (input: object) =>
    run("credential.issue", { device: "sensor-1", scheme: "jwt", ...input }) as Promise<IssuedCredential>;
  return { run, issue, house };
}

const lifeOf = ({ expiresAt = "" }: IssuedCredential) => (Date.parse(expiresAt) - nowMs) / 1000;

describe("a credential that its own server takes", () => {
  it.each(["jwt", "password", "client-certificate"] as const)("has no note: %s", async (scheme) => {
    const { issue } = await houseWith({ "credentials.clientCertificate.enabled": true });
    const { notes } = await issue({ device: `for-${scheme}`, scheme, add: true });
    expect(notes.filter((note) => !/certificate comes|^Key and request/.test(note))).toEqual([]);
  });

  it("has no note: xiaozhi-hmac", async () => {
    const { issue } = await houseWith();
    expect((await issue({ device: "02-00-00-00-00-01", scheme: "xiaozhi-hmac", add: true })).notes).toEqual([]);
  });

  it("lives one hour, less where maxLifetime is less", async () => {
    expect(lifeOf(await (await houseWith()).issue({ add: true }))).toBe(3600);
    const short = await (await houseWith({ "credentials.jwt.maxLifetime": "15m" })).issue({ add: true });
    expect([lifeOf(short), short.notes]).toEqual([900, []]);
  });
});

describe("a credential that its own server refuses is noted with reason and fix", () => {
  it.each([
    [{ "credentials.jwt.maxLifetime": "15m" }, { expiresIn: 3600 }, "lifetime_too_long", "maxLifetime"],
    [{ "credentials.jwt.bindTo.clientId": `\${claims.sub}` }, { clientId: "other" }, "binding_mismatch", "client id"],
    [{ "credentials.jwt.issuer": "us" }, { claims: { iss: "them" } }, "wrong_issuer", "credentials.jwt.issuer"],
    [{}, { clientId: "a\nb" }, "bad_client_id", "control characters"],
  ])("%j with %j", async (overrides, input, reason, fix) => {
    const { notes } = await (await houseWith(overrides)).issue({ add: true, ...input });
    expect(notes).toEqual([expect.stringContaining(`(${reason})`)]);
    expect(notes[0]).toContain(fix);
  });

  it("when its scheme is switched off", async () => {
    const { issue } = await houseWith();
    const { notes } = await issue({ device: "c1", scheme: "client-certificate", add: true });
    expect(notes[0]).toContain("credentials.clientCertificate.enabled: true");
  });

  it("when it is another device's", async () => {
    const { issue } = await houseWith({ "credentials.jwt.identity": `\${claims.serial}` });
    const warned = expect.stringContaining("connects as device 7, not as sensor-1");
    expect((await issue({ add: true, claims: { serial: "7" }, clientId: "7" })).notes).toEqual([warned]);
    const refused = expect.stringContaining("(client_id_in_use)");
    expect((await issue({ claims: { serial: "7" } })).notes).toEqual([refused, warned]);
  });

  it("when the device may not come in: once, and with the id in the fix", async () => {
    const { issue, run } = await houseWith();
    const device = "comes-and-goes";
    await issue({ device, add: true });
    await run("device.disable", { id: device });
    const disabled = expect.stringMatching(/device_disabled.*connack device enable comes-and-goes/s);
    expect((await issue({ device })).notes).toEqual([disabled]);
    await run("device.remove", { id: device });
    const removed = expect.stringMatching(/device_removed.*connack device add comes-and-goes/s);
    expect((await issue({ device })).notes).toEqual([removed]);
    expect((await issue({ device, add: true })).notes).toEqual([]);
    await run("device.set", { id: device, schemes: ["password"] });
    const moved = expect.stringContaining("connack device set comes-and-goes --scheme jwt");
    expect((await issue({ device })).notes).toEqual([moved]);
  });

  it.each([
    ["enrol", "it will be on its first connect"],
    ["approve", "waits for connack device approve"],
    ["refuse", "enrolment is off"],
  ])("when it is not registered and enrolment is %s; nothing is registered by that", async (enrolment, text) => {
    const { issue, house } = await houseWith({ "devices.enrolment": enrolment });
    expect((await issue({})).notes).toEqual([expect.stringContaining(text)]);
    await house.registry.flush();
    expect(await house.registry.find("sensor-1")).toBeUndefined();
  });
});

describe("a client id without a signature", () => {
  const device = "02-00-00-00-00-0A";
  const scheme = "xiaozhi-unsigned";
  const on = { "credentials.xiaozhiHmac.acceptUnsigned": true };
  const noSecret = expect.stringMatching(/^There is no password to keep secret.* 02:00:00:00:00:0a /);

  it("is two parts and nothing else; the note says that there is nothing to keep secret", async () => {
    const { issue } = await houseWith(on);
    expect(await issue({ device, scheme, add: true, group: "GID_lamp" })).toMatchObject({
      device: "02:00:00:00:00:0a",
      clientId: "GID_lamp@@@02_00_00_00_00_0a",
      username: "",
      password: "",
      topic: "device-server",
      notes: [noSecret],
    });
    expect((await issue({ device, scheme })).clientId).toBe("GID_lamp@@@02_00_00_00_00_0a");
  });

  it("is good for nothing while the switch is off, and the note names it", async () => {
    const { issue } = await houseWith();
    const off = "Nobody connects with it yet: set credentials.xiaozhiHmac.acceptUnsigned: true.";
    expect((await issue({ device, scheme, add: true })).notes).toEqual([off, noSecret]);
    const section = await houseWith({ ...on, "credentials.xiaozhiHmac.enabled": false });
    expect((await section.issue({ device, scheme })).notes[0]).toContain("credentials.xiaozhiHmac.enabled: true");
  });

  it.each(["enrol", "refuse"])("needs a registered device also when enrolment is %s", async (enrolment) => {
    const { issue } = await houseWith({ ...on, "devices.enrolment": enrolment });
    const { notes } = await issue({ device: "02:00:00:00:00:0b", scheme });
    expect(notes[0]).toMatch(/without a proof it is never enrolled.*connack device add/);
  });

  it("is not for a device that signs, until an operator says so", async () => {
    const { issue } = await houseWith(on);
    await issue({ device: "02:00:00:00:00:0c", scheme: "xiaozhi-hmac", add: true });
    const { notes } = await issue({ device: "02:00:00:00:00:0c", scheme });
    expect(notes[0]).toMatch(/scheme_not_allowed.*connack device set 02:00:00:00:00:0c --scheme xiaozhi-unsigned/s);
  });

  it.each([{ device: "lamp" }, { device, group: "a@@@b" }, { device, group: "a/b" }])(
    "is not issued for %j",
    async (input) => {
      const { issue } = await houseWith(on);
      await expect(issue({ scheme, ...input })).rejects.toBeInstanceOf(OperationError);
    },
  );
});

describe("what is not issued", () => {
  it.each(["sub", "iat", "exp", "nbf"])("a token with a %s of its own", async (name) => {
    const { issue } = await houseWith();
    await expect(issue({ add: true, claims: { [name]: "5" } })).rejects.toMatchObject({ code: "bad_input" });
  });

  it.each(["jwt", "xiaozhi-hmac"])("one with a %s key that is not there", async (scheme) => {
    const { issue } = await houseWith();
    await expect(issue({ device: "02:00:00:00:00:01", scheme, keyId: "nope" })).rejects.toMatchObject({
      code: "key_not_found",
      message: `there is no ${scheme} key nope that can issue`,
      next: "connack key list",
    });
  });
});

describe("mistakes of the user are bad_input, not defects", () => {
  const device = "02:00:00:00:00:01";
  it.each([
    ["credential.issue", { device, scheme: "xiaozhi-hmac", group: "a@@@b" }],
    ["device.set", { id: "sensor-1", attributes: { k: "x".repeat(5000) } }],
    ["device.set", { id: "sensor-1", attributes: { "": "x" } }],
    ["device.set", { id: "sensor-1", attributes: tooManyAttributes() }],
    ["device.add", { id: "sensor-2", attributes: tooManyAttributes() }],
    ["key.add", { scheme: "jwt", algorithm: "ES256", content: "a".repeat(64) }],
  ])("%s %#", async (name, input) => {
    const { run, issue } = await houseWith();
    await issue({ add: true });
    const error = await run(name, input).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperationError);
    expect(error).toMatchObject({ code: "bad_input" });
    expect((error as Error).message).not.toMatch(/undefined|xxxx|aaaa/);
  });

  it("a weak key is refused once, with a way that exists", async () => {
    const { run } = await houseWith();
    const error = await run("key.add", { scheme: "jwt", content: "abc" }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "key_refused", next: undefined });
    expect((error as Error).message).toContain("CONNACK_CREDENTIALS_ALLOW_WEAK_KEY=true");
  });
});

function tooManyAttributes(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, "y".repeat(250)]));
}
