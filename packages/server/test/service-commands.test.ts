import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mintJwt } from "@connack/credentials";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import vectors from "../../../vectors/xiaozhi-hmac.json" with { type: "json" };
import { runCommand } from "./run-command.ts";
import { type RunningConnack, removeFolder, run, runConnack, startConnack } from "./run-connack.ts";

let server: RunningConnack;
beforeAll(async () => {
  server = await startConnack();
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(server.folder);
});

const cli = (...args: string[]) => runCommand(args, { cwd: server.folder });

interface Service {
  username: string;
  password: string;
  clientId: string;
  command?: string;
}

const add = (name: string, profile: string) => server.json<Service>("service", "add", name, "--profile", profile);

function connect({ username, password, clientId }: Service, port = server.mqttPort) {
  const options = { username, password, clientId, protocolVersion: 5, reconnectPeriod: 0 } as const;
  return mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, options);
}

/** CONNACK code, 0 for a connection that was let in. */
const tryConnect = (service: Service) =>
  connect(service).then(
    (client) => client.endAsync().then(() => 0),
    (error: { code?: number }) => error.code,
  );

const closed = (client: mqtt.MqttClient) =>
  new Promise<number | undefined>((resolve) => {
    let code: number | undefined;
    client.on("disconnect", ({ reasonCode }) => {
      code = reasonCode;
    });
    client.once("close", () => resolve(code));
  });

describe("service add", () => {
  it("shows the password once, and a line that reads with mosquitto_sub", async () => {
    const added = await cli("service", "add", "reader", "--profile", "dashboard");
    const [, password = ""] = /^password +(\S+)$/m.exec(added.stdout) ?? [];
    expect(Buffer.from(password, "base64url")).toHaveLength(32);
    const line = /^Try it:\n(mosquitto_sub .*)$/m.exec(added.stdout)?.[1] ?? "";
    expect(line).toContain("-t 'devices/#' -v");
    const reading = run("sh", ["-c", `${line} -C 1 -W 20`]);
    const writer = await connect(await add("writer", "backend"));
    const sending = setInterval(() => writer.publish("devices/sensor-1/led", "on"), 100);
    expect(await reading).toMatchObject({ code: 0, stdout: "devices/sensor-1/led on\n" });
    clearInterval(sending);
    await writer.endAsync();
    for (const words of [["service", "show", "reader"], ["service", "list"], ["status"], ["device", "list"]]) {
      expect((await cli(...words, "--json")).stdout).not.toContain(password);
    }
    expect(server.output().stdout + server.output().stderr).not.toContain(password);
  });

  it("a superuser is warned of loudly", async () => {
    const { stdout } = await cli("service", "add", "root", "--profile", "superuser");
    expect(stdout).toMatch(/^WARNING: It may read and write EVERYTHING/);
  });

  it("with rules of its own", async () => {
    const added = await cli("service", "add", "meter", "--allow-subscribe", "devices/+/meter");
    expect([added.code, added.stdout]).toEqual([0, expect.stringContaining("-t devices/+/meter -v")]);
    expect((await cli("acl", "test", "meter", "subscribe", "devices/+/meter")).code).toBe(0);
    expect((await cli("acl", "test", "meter", "subscribe", "devices/#")).code).toBe(1);
  });

  it.each([
    [["service", "add", "x"], 2, /what may it do\? --profile takes none, backend/],
    [["service", "add", "x", "--profile", "sensor"], 2, /Allowed choices are/],
    [["service", "add", "a/b", "--profile", "backend"], 1, /no \/, \+ or #/],
    [["service", "add", "aabbccddeeff", "--profile", "backend"], 1, /MAC address/],
    [["service", "rotate", "reader", "--grace", "soon"], 2, /--grace takes a time/],
  ])("%j ends with %i and says why", async (args, code, message) => {
    const result = await cli(...args);
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(message)]);
  });

  it("works without a server too, and makes the data folder", async () => {
    const folder = `${server.folder}/alone`;
    await run("mkdir", [folder]);
    const added = await runConnack(["service", "add", "backend", "--profile", "backend"], { cwd: folder });
    expect([added.code, added.stdout]).toEqual([0, expect.stringContaining("No embedded broker runs here")]);
    expect((await runConnack(["service", "list"], { cwd: folder })).stdout).toContain("backend");
  });
});

describe("rotation at the broker", () => {
  it("with grace both passwords hold and nobody is cut; without it the connection ends", async () => {
    const first = await add("turning", "backend");
    const client = await connect(first);
    const cut = closed(client);
    const second = await server.json<Service>("service", "rotate", "turning", "--grace", "1h");
    expect([await tryConnect({ ...first, clientId: "t-1" }), await tryConnect({ ...second, clientId: "t-2" })]).toEqual(
      [0, 0],
    );
    expect(client.connected).toBe(true);
    const third = await server.json<Service>("service", "rotate", "turning");
    expect(await cut).toBe(0x98);
    expect(await Promise.all([first, second, third].map(tryConnect))).toEqual([0x86, 0x86, 0]);
  });

  it("when the grace is over, so are connections made with the former password, before the rotation and after it", async () => {
    const first = await add("leaving", "backend");
    const before = closed(await connect(first));
    const second = await server.json<Service>("service", "rotate", "leaving", "--grace", "3s");
    // On a slow machine the grace is over by now.
    const within = connect({ ...first, clientId: "l-1" }).then(closed, () => 0x87);
    // The broker knows when the later one ends, to the second; the earlier one is ended with all that are left then.
    expect(await Promise.all([before, within])).toEqual([0x98, 0x87]);
    expect(await Promise.all([first, second].map(tryConnect))).toEqual([0x86, 0]);
  });

  it("kick, disable, enable and remove", async () => {
    const service = await add("life", "gateway");
    const kicked = closed(await connect(service));
    expect((await cli("service", "kick", "life")).stdout).toBe("1 connection of life ended\n");
    expect(await kicked).toBe(0x98);
    const disabled = closed(await connect(service));
    await cli("service", "disable", "life");
    expect([await disabled, await tryConnect(service)]).toEqual([0x98, 0x87]);
    await cli("service", "enable", "life");
    expect(await tryConnect(service)).toBe(0);
    await cli("service", "remove", "life");
    expect(await tryConnect(service)).toBe(0x86);
    expect((await cli("service", "rotate", "life")).code).toBe(1);
  });
});

describe("devices and services are apart", () => {
  it("each command names the other's", async () => {
    await cli("device", "add", "sensor-1");
    await add("backend", "backend");
    const device = await cli("device", "revoke", "backend");
    expect([device.code, device.stderr]).toEqual([1, expect.stringContaining("Next: connack service show backend")]);
    const service = await cli("service", "rotate", "sensor-1");
    expect([service.code, service.stderr]).toEqual([1, expect.stringContaining("Next: connack device show sensor-1")]);
    expect((await cli("credential", "issue", "backend", "--scheme", "password")).code).toBe(1);
    expect((await cli("device", "list")).stdout).not.toContain("backend");
    const { devices, services } = await server.json<Record<"devices" | "services", { active: number }>>("status");
    expect([devices.active, services.active >= 1]).toEqual([1, true]);
    expect((await cli("status")).stdout).toMatch(/^services +\d+ active$/m);
  });

  it("a service connects with its password only: a good token in its name is refused", async () => {
    const file = join(server.folder, "connack-data/keys/jwt-1.json");
    const { secret } = JSON.parse(readFileSync(file, "utf8")) as { secret: string };
    const iat = Math.floor(Date.now() / 1000);
    const tokenFor = (sub: string) =>
      mintJwt({ claims: { sub, iat, exp: iat + 3600 }, algorithm: "HS256", key: new TextEncoder().encode(secret) });
    const attempt = async (name: string) =>
      tryConnect({ clientId: name, username: name, password: await tokenFor(name) });
    await add("tokened", "backend");
    expect([await attempt("tokened"), await attempt("no-service")]).toEqual([0x87, 0]);
  });
});

/** Vector V12: the credential that a fork's gateway makes for itself with the key of the devices. */
describe("the gateway role under the device key", () => {
  const v12 = vectors.credentials.find(({ id }) => id === "V12");
  if (!v12) throw new Error("no vector V12");
  const [clientId = "", username = "", password = "", key = ""] = [
    v12.client_id,
    v12.username,
    v12.password,
    v12.server_key,
  ].map(String);

  it.each([{}, { CONNACK_CREDENTIALS_XIAOZHI_HMAC_ACCEPT_ANY_DEVICE_ID: "true" }])(
    "stays denied, also with a service of that name: %j",
    async (more) => {
      const gateway = await startConnack({ env: { MQTT_SIGNATURE_KEY: key, ...more }, args: ["--allow-weak-key"] });
      const [, name = ""] = clientId.split("@@@");
      await gateway.json("service", "add", name, "--profile", "gateway", "--allow", "x");
      const codes = [
        await connect({ clientId, username, password }, gateway.mqttPort).then(
          () => 0,
          (error: { code?: number }) => error.code,
        ),
        await connect({ clientId: name, username: name, password }, gateway.mqttPort).then(
          () => 0,
          (error: { code?: number }) => error.code,
        ),
      ];
      expect(codes.every((code) => code === 0x86 || code === 0x87)).toBe(true);
      const response = await fetch(`http://127.0.0.1:${gateway.httpPort}/mqtt/auth`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ clientid: clientId, username, password }),
      });
      expect(await response.json()).toMatchObject({ result: "deny" });
      await gateway.kill("SIGTERM");
      removeFolder(gateway.folder);
    },
  );

  it("a wrong password never lets a service in, however long", async () => {
    const service = await add("guarded", "gateway");
    const wrong = { ...service, password: randomBytes(32).toString("base64url") };
    expect(await tryConnect(wrong)).toBe(0x86);
  });
});
