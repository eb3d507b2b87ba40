import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandContext } from "../commands/command.ts";
import { keyRemove } from "../commands/key-remove.ts";
import { callOperation } from "../commands/open-operations.ts";
import { reportError } from "../commands/report-error.ts";
import { loadConfig } from "../config/load-config.ts";
import type { KeySummary } from "../provisioning/key-record.ts";
import { RefusedKey } from "../provisioning/prepare-key.ts";
import { type Service, serve } from "../serve.ts";
import type { IssuedCredential } from "./issue-credential.ts";

let folder: string;
let service: Service | undefined;
const problems: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-keys-"));
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  rmSync(folder, { recursive: true, force: true });
  expect(problems.splice(0)).toEqual([]);
});

const strong = () => randomBytes(32).toString("hex");
/** Publicly known: it is in known-secrets.ts. */
const weak = "test-signature-key-12345";

function load(overrides: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  const ports = { "http.brokers.port": 0, "brokers.embedded.enabled": false };
  return loadConfig({ env, cwd: folder, overrides: { dataDir: join(folder, "data"), ...ports, ...overrides } });
}

/** As the command line does it: in the running server, else here. */
function call<Answer = unknown>(name: string, input: object = {}, loaded = load()): Promise<Answer> {
  const onProblem = (line: string) => void problems.push(line);
  return callOperation(loaded, name, input, { onProblem }) as Promise<Answer>;
}

async function start(loaded = load()): Promise<Service> {
  service = await serve(loaded, pino({ level: "silent" }));
  return service;
}

async function login({ clientId, username, password }: IssuedCredential): Promise<unknown> {
  const response = await fetch(`${service?.house.listeners.brokers}/mqtt/auth`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ clientid: clientId, username, password }),
  });
  return ((await response.json()) as { result: string }).result;
}

describe("key.add", () => {
  it("at the same time in a running server: all are there, each with a generation of its own", async () => {
    await start();
    const added = await Promise.all(
      Array.from({ length: 6 }, () => call<{ keys: KeySummary[] }>("key.add", { scheme: "jwt" })),
    );
    const generations = added.flatMap(({ keys }) => keys.map((key) => key.generation));
    expect(generations.sort()).toEqual([2, 3, 4, 5, 6, 7]);
    await service?.close();
    const { house } = await start();
    expect(house.keyRing.keys()).toHaveLength(8);
  });
});

describe("key.remove", () => {
  it("in a running server: devices that use the key are refused at once and for good, the others go on", async () => {
    await start();
    await call("key.add", { scheme: "jwt" });
    const issue = (device: string, keyId: string) =>
      call<IssuedCredential>("credential.issue", { device, scheme: "jwt", keyId, add: true });
    const [one, two] = [await issue("sensor-1", "jwt-1"), await issue("sensor-2", "jwt-2")];
    expect([await login(one), await login(two)]).toEqual(["allow", "allow"]);
    expect(await call("key.remove", { id: "jwt-2" })).toMatchObject({ removed: { id: "jwt-2", generation: 2 } });
    expect([await login(one), await login(two)]).toEqual(["allow", "deny"]);
    const { clientId, username, password } = two;
    const explained = await call("credential.explain", { clientId, username, password });
    expect(explained).toMatchObject({ reason: "unknown_key" });
    await service?.close();
    await start();
    expect([await login(one), await login(two)]).toEqual(["allow", "deny"]);
    expect(await call("key.add", { scheme: "jwt" })).toMatchObject({ keys: [{ id: "jwt-3" }] });
  });

  it("takes out the weak key that stops the start, where every other command says how", async () => {
    const lax = load({ "credentials.allowWeakKey": true });
    await call("key.add", { scheme: "xiaozhi-hmac", content: weak }, lax);
    const refusal = /hmac-2\.json: The key is publicly known.*connack key remove hmac-2\.$/s;
    await expect(start()).rejects.toThrow(refusal);
    await expect(call("device.list")).rejects.toThrow(refusal);
    const { keys } = await call<{ keys: KeySummary[] }>("key.list");
    expect(keys.filter((key) => key.weakness !== undefined).map(({ id }) => id)).toEqual(["hmac-2"]);
    await expect(call("key.add", { scheme: "xiaozhi-hmac", content: weak.slice(1) })).rejects.toMatchObject({
      code: "key_refused",
    });
    expect(await call("key.remove", { id: "hmac-2" })).toMatchObject({ removed: { id: "hmac-2" } });
    const { house } = await start();
    expect([house.warnings(), house.keyRing.keys().length]).toEqual([[], 2]);
  });

  it("takes out a weak key that was the only one, once there is another", async () => {
    const lax = load({ "credentials.allowWeakKey": true });
    await call("key.add", { scheme: "xiaozhi-hmac", content: weak }, lax);
    await call("key.remove", { id: "hmac-1" }, lax);
    await expect(call("key.remove", { id: "hmac-2" })).rejects.toMatchObject({
      code: "last_key",
      next: expect.stringContaining("connack key add --scheme xiaozhi-hmac"),
    });
    await expect(start()).rejects.toThrow(RefusedKey);
    await call("key.add", { scheme: "xiaozhi-hmac" });
    await call("key.remove", { id: "hmac-2" });
    await start();
  });

  it.each([false, true])("says no, and why, with exit code 1 (server running: %s)", async (isRunning) => {
    const env = { MQTT_SIGNATURE_KEY: strong() };
    const loaded = load({}, env);
    await call("key.add", { scheme: "jwt" }, loaded);
    if (isRunning) await start(loaded);
    const told: string[] = [];
    const context = { err: (text: string) => told.push(text), errColumns: Infinity, call: undefined as never };
    const remove = async (id: string) => {
      const run = keyRemove.run({ args: [id], options: {} }, {
        ...context,
        call: (name: string, input: object) => call(name, input, loaded),
      } as unknown as CommandContext);
      const error = await run.catch((thrown: unknown) => thrown);
      return [reportError(error, context as unknown as CommandContext), told.splice(0).join("")];
    };
    expect(await remove("nobody")).toEqual([1, "connack: there is no key nobody\nNext: connack key list\n"]);
    expect(await remove("jwt-1")).toEqual([
      1,
      "connack: key jwt-1 is the last one for jwt: without it no such credential could be checked\n" +
        "Next: connack key add --scheme jwt; or switch the scheme off with credentials.jwt.enabled: false\n",
    ]);
    expect(await remove("hmac-configured")).toEqual([
      1,
      "connack: key hmac-configured is not in the data folder: it comes from MQTT_SIGNATURE_KEY " +
        "(credentials.xiaozhiHmac.key)\nNext: take it out there, then connack config apply\n",
    ]);
    const { keys } = await call<{ keys: KeySummary[] }>("key.list", {}, loaded);
    expect(keys.map(({ id }) => id)).toEqual(["hmac-configured", "jwt-1"]);
  });

  it("makes no data folder", async () => {
    await expect(call("key.remove", { id: "jwt-1" })).rejects.toThrow("no data folder at");
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  it("tells what was removed, and in its help what becomes of the devices", async () => {
    await call("key.add", { scheme: "jwt", algorithm: "EdDSA" });
    let out = "";
    const context = {
      out: (text: string) => {
        out += text;
      },
      json: false,
      call,
    };
    expect(await keyRemove.run({ args: ["jwt-1"], options: {} }, context as unknown as CommandContext)).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "removed     jwt-1
      scheme      jwt
      algorithm   HS256
      generation  1
      "
    `);
    expect(keyRemove.summary).toMatchInlineSnapshot(
      `"Remove a key for good: devices that use it are refused when they connect next; those connected stay until then"`,
    );
  });
});
