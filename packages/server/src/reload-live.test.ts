import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { renameSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { type ConnectRequest, mintJwt } from "@connack/credentials";
import { connect, type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { configKeys } from "./config/config-keys.ts";
import {
  hmacKey,
  type Overrides,
  type ReloadableService,
  serveForReload,
  signedLogin,
  tokenLogin,
} from "./testing/serve-for-reload.ts";

const startMs = Date.UTC(2026, 0, 2);
let aheadMs = 0;
const at = () => (startMs + aheadMs) / 1000;
let service: ReloadableService;

beforeAll(async () => {
  vi.spyOn(Date, "now").mockImplementation(() => startMs + aheadMs);
  service = await serveForReload();
  vi.spyOn(service.house.audit, "limit");
});
afterAll(async () => {
  await service.end();
  vi.restoreAllMocks();
});

/** What a setting does, seen from outside, before and after it is changed. */
interface Trial {
  key: string;
  /** Other settings that it needs to be seen. */
  beside?: Overrides;
  value: unknown;
  see(): Promise<unknown>;
  was: unknown;
  is: unknown;
}

let made = 0;
const newName = () => `device-${++made}`;
const newMacPart = () => `02_00_00_00_00_${(++made).toString(16).padStart(2, "0")}`;

async function reasonOf(login: ConnectRequest | Promise<ConnectRequest>): Promise<string> {
  const { result, reason } = await service.decide(await login);
  return reason ?? result;
}
const ofToken = (parts: Parameters<typeof tokenLogin>[2] = {}) => reasonOf(tokenLogin(newName(), at(), parts));
const goodLogin = () => tokenLogin("always-the-same", at());
const askedAs = async (headers: Record<string, string>) =>
  /"result":"(\w+)"/.exec(
    (await service.ask("brokers", "/mqtt/auth", { headers, login: await goodLogin() })).body,
  )?.[1];
const statusOf = async (listener: string, path: string, headers = {}) =>
  (await service.ask(listener, path, { headers })).status;

const elsewhere = { "x-forwarded-for": "203.0.113.7" };
const hub = { host: "hub.example" };
const otherSecret = randomBytes(32).toString("hex");
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

async function ecLogin(): Promise<ConnectRequest> {
  const key = privateKey.export({ format: "jwk" }) as Parameters<typeof mintJwt>[0]["key"];
  const sub = newName();
  const claims = { sub, iat: at(), exp: at() + 3600 };
  return { clientId: sub, username: sub, password: await mintJwt({ claims, algorithm: "ES256", key }) };
}

/** Rejects when the connection is closed before it stands. */
async function mqttClient(): Promise<MqttClient> {
  const login = await tokenLogin(newName(), at());
  const url = service.house.listeners["mqtt"] as string;
  const client = connect(url, { ...login, protocolVersion: 5, reconnectPeriod: 0 });
  client.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("close", () => reject(new Error("closed")));
  });
  return client;
}

async function publishDenied(): Promise<string> {
  const client = await mqttClient();
  const cut = new Promise<string>((resolve) => client.once("disconnect", () => resolve("cut")));
  const answer = client.publishAsync("not/mine", "x", { qos: 1 }).then(
    () => "acknowledged",
    () => "refused",
  );
  // What is under way when a client is cut is never answered.
  const seen = await Promise.race([cut, answer]);
  await client.endAsync(true);
  return seen;
}

async function secondConnection(): Promise<string> {
  const { port } = new URL(service.house.listeners["mqtt"] as string);
  const first = connectTcp(Number(port), "127.0.0.1");
  await once(first, "connect");
  try {
    const client = await mqttClient();
    await client.endAsync(true);
    return "let in";
  } catch {
    return "turned away";
  } finally {
    first.destroy();
    await vi.waitUntil(() => service.house.embedded?.sizes().connections.used === 0);
  }
}

async function addedWeakKey(): Promise<string> {
  try {
    const input = { scheme: "xiaozhi-hmac", content: "password1", id: "weak" };
    await service.run("key.add", input);
    await service.run("key.remove", { id: "weak" });
    return "added";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** With the password that was set for it. */
async function passwordLogin(): Promise<ConnectRequest> {
  const device = newName();
  return service.run<ConnectRequest>("credential.issue", { device, scheme: "password", add: true });
}

async function unsignedLogin(): Promise<ConnectRequest> {
  const part = newMacPart();
  await service.run("device.add", { id: part.replaceAll("_", ":"), schemes: ["xiaozhi-unsigned"] });
  return { clientId: `GID_lamp@@@${part}`, username: "", password: "" };
}

async function certificateOwner(): Promise<string | undefined> {
  const device = "CN=cn-device,O=x";
  await service.run("device.add", { id: newName(), schemes: ["client-certificate"] });
  const login = { clientId: "from-certificate", username: "", password: "", certificateCommonName: "cn-device" };
  const decision = await service.decide({ ...login, certificateSubject: device });
  return decision.deviceId ?? decision.reason;
}

/** The second of two new devices in one minute. */
async function secondOfTwo(): Promise<string> {
  aheadMs += 60_000;
  await ofToken();
  return ofToken();
}

async function withoutStore(): Promise<string> {
  const file = join(service.folder, "data", "registry.db");
  const login = await tokenLogin("known", at());
  await reasonOf(login);
  renameSync(file, `${file}.away`);
  await vi.waitUntil(() => service.house.registry.health().state !== "ready", { timeout: 20_000 });
  aheadMs += 1000;
  const seen = await reasonOf(login);
  renameSync(`${file}.away`, file);
  await vi.waitUntil(() => service.house.registry.health().state === "ready", { timeout: 20_000 });
  return seen;
}

async function addressTold(): Promise<unknown> {
  aheadMs += 61_000; // told once a minute
  service.lines.length = 0;
  await statusOf("admin", "/api/v1/devices", { authorization: "Bearer wrong", ...elsewhere });
  const told = service.lines.map(({ msg }) => /access token, the last from (\S+)$/.exec(String(msg))?.[1]);
  return told.find((address) => address !== undefined);
}

/** Whether what is recorded goes away again, as it is older or more than is kept. */
async function auditLoses(count: number, ageMs: number): Promise<string> {
  const { audit } = service.house;
  const before = (await audit.query({ reason: "trial-0" })).events.length;
  for (let n = 0; n < count; n++) audit.record({ type: "service", reason: `trial-${n}`, at: Date.now() - ageMs - n });
  const isGone = async () => {
    audit.record({ type: "service", reason: "looked" });
    await audit.flush();
    const rows = audit.health().rows ?? 0;
    return count > 1 ? rows <= 1000 : (await audit.query({ reason: "trial-0" })).events.length === before;
  };
  for (let tries = 0; tries < 30; tries++) {
    if (await isGone()) return "gone";
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return "kept";
}

async function debugLines(): Promise<number> {
  service.lines.length = 0;
  service.log.debug("hidden unless it is wanted");
  return service.lines.length;
}

const gateway = (name: "host" | "port" | "udpPort") => async () => service.house.config.xiaozhi.gateway[name];
const lamps = { lamps: { profile: "none", rules: [{ permission: "allow", action: "all", topics: ["lamps/#"] }] } };

async function rightsOfLamp(): Promise<boolean> {
  const decision = await service.decide(await signedLogin(`lamps@@@${newMacPart()}@@@x`));
  return JSON.stringify(decision.acl).includes('"lamps/#"');
}

const xiaozhiFile = (name: string, key: string) =>
  service.file(`${name}.yaml`, `server:\n  mqtt_signature_key: "${key}"\n`);

const jwt = "credentials.jwt";
const hmac = "credentials.xiaozhiHmac";
const trials: Trial[] = [
  { key: "http.brokers.allowedHosts", value: "hub.example", see: () => askedAs(hub), was: "deny", is: "allow" },
  {
    key: "http.brokers.allowFrom",
    beside: { "http.brokers.trustedProxies": "127.0.0.1" },
    value: "203.0.113.0/24",
    see: () => askedAs(elsewhere),
    was: "deny",
    is: "allow",
  },
  { key: "http.brokers.trustedProxies", value: "127.0.0.1", see: () => askedAs(elsewhere), was: "allow", is: "deny" },
  {
    key: "http.admin.allowedHosts",
    value: "hub.example",
    see: () => statusOf("admin", "/api/v1/devices", hub),
    was: 421,
    is: 401,
  },
  {
    key: "http.admin.metricsWithoutToken",
    value: true,
    see: () => statusOf("admin", "/metrics"),
    was: 401,
    is: 200,
  },
  { key: "http.admin.trustedProxies", value: "127.0.0.1", see: addressTold, was: "127.0.0.1", is: "203.0.113.7" },
  { key: "audit.keepFor", value: "1s", see: () => auditLoses(1, 60_000), was: "kept", is: "gone" },
  { key: "audit.maxRows", value: 1000, see: () => auditLoses(1100, 0), was: "kept", is: "gone" },
  {
    // That much is filled in the audit's own tests.
    key: "audit.maxBytes",
    value: 16_777_216,
    see: async () => vi.mocked(service.house.audit.limit).mock.lastCall?.[0].maxBytes,
    was: 2_147_483_648,
    is: 16_777_216,
  },
  {
    key: "brokers.denyStatus",
    value: 401,
    see: async () =>
      (await service.ask("brokers", "/mqtt/auth", { login: { clientId: "x", username: "x", password: "x" } })).status,
    was: 200,
    is: 401,
  },
  { key: "brokers.embedded.denyAction", value: "disconnect", see: publishDenied, was: "refused", is: "cut" },
  { key: "brokers.embedded.maxConnections", value: 1, see: secondConnection, was: "let in", is: "turned away" },
  {
    key: `${hmac}.enabled`,
    value: false,
    see: () => reasonOf(signedLogin(`GID@@@${newMacPart()}@@@x`)),
    was: "allow",
    is: "bad_password",
  },
  {
    key: `${hmac}.key`,
    value: otherSecret,
    see: () => reasonOf(signedLogin(`GID@@@${newMacPart()}@@@x`, otherSecret)),
    was: "bad_signature",
    is: "allow",
  },
  {
    key: `${hmac}.acceptLooseUsername`,
    value: true,
    see: () => reasonOf(signedLogin(`GID@@@${newMacPart()}@@@x`, undefined, "loose")),
    was: "bad_username",
    is: "allow",
  },
  {
    key: `${hmac}.acceptAnyDeviceId`,
    value: true,
    see: () => reasonOf(signedLogin(`GID@@@${newName()}@@@x`)),
    was: "bad_client_id",
    is: "allow",
  },
  {
    key: `${hmac}.acceptEmptyParts`,
    value: true,
    see: () => reasonOf(signedLogin(`@@@${newMacPart()}@@@x`)),
    was: "bad_client_id",
    is: "allow",
  },
  {
    key: `${hmac}.acceptUnsigned`,
    value: true,
    see: async () => reasonOf(unsignedLogin()),
    was: "missing_credentials",
    is: "allow",
  },
  { key: `${jwt}.enabled`, value: false, see: () => ofToken(), was: "allow", is: "bad_password" },
  {
    key: `${jwt}.secret`,
    value: otherSecret,
    see: () => ofToken({ secret: otherSecret }),
    was: "bad_signature",
    is: "allow",
  },
  {
    key: `${jwt}.secretEncoding`,
    beside: { [`${jwt}.secret`]: otherSecret },
    value: "base64",
    see: () => ofToken({ secret: Buffer.from(otherSecret, "base64") }),
    was: "bad_signature",
    is: "allow",
  },
  {
    key: `${jwt}.algorithm`,
    beside: { [`${jwt}.secret`]: otherSecret },
    value: "HS384",
    see: () => ofToken({ algorithm: "HS384", secret: otherSecret }),
    was: "algorithm_not_allowed",
    is: "allow",
  },
  {
    key: `${jwt}.keyFiles`,
    get value() {
      return service.file("issuer.pem", publicKey.export({ type: "spki", format: "pem" }).toString());
    },
    see: () => reasonOf(ecLogin()),
    was: "algorithm_not_allowed",
    is: "allow",
  },
  {
    key: `${jwt}.issuer`,
    value: "acme",
    see: () => ofToken({ claims: { iss: "other" } }),
    was: "allow",
    is: "wrong_issuer",
  },
  {
    key: `${jwt}.audience`,
    value: "connack",
    see: () => ofToken({ claims: { aud: "other" } }),
    was: "allow",
    is: "wrong_audience",
  },
  { key: `${jwt}.requiredClaims`, value: { tenant: "acme" }, see: () => ofToken(), was: "allow", is: "missing_claim" },
  {
    key: `${jwt}.bindTo.username`,
    value: `\${claims.mac}`,
    see: () => ofToken({ claims: { mac: "x" } }),
    was: "allow",
    is: "binding_mismatch",
  },
  {
    key: `${jwt}.bindTo.clientId`,
    value: `\${claims.sub}`,
    see: () => ofToken({ clientId: `${newName()}-other` }),
    was: "allow",
    is: "binding_mismatch",
  },
  {
    key: `${jwt}.identity`,
    value: `\${claims.unit}`,
    see: async () => {
      const login = await tokenLogin(newName(), at(), { claims: { unit: "unit-7" } });
      return (await service.decide(login)).deviceId === "unit-7";
    },
    was: false,
    is: true,
  },
  {
    key: `${jwt}.leeway`,
    value: "10m",
    see: () => ofToken({ claims: { iat: at() - 3600, exp: at() - 300 } }),
    was: "token_expired",
    is: "allow",
  },
  { key: `${jwt}.maxLifetime`, value: "10m", see: () => ofToken(), was: "allow", is: "lifetime_too_long" },
  {
    key: `${jwt}.requireExpiry`,
    value: false,
    see: () => ofToken({ claims: { exp: undefined } }),
    was: "expiry_missing",
    is: "allow",
  },
  {
    key: `${jwt}.refuseFutureIat`,
    value: false,
    see: () => ofToken({ claims: { iat: at() + 600 } }),
    was: "token_issued_in_future",
    is: "allow",
  },
  {
    key: "credentials.password.enabled",
    value: false,
    see: async () => reasonOf(await passwordLogin()),
    was: "allow",
    is: "unknown_credential",
  },
  {
    key: "credentials.clientCertificate.enabled",
    value: true,
    see: certificateOwner,
    was: "missing_credentials",
    is: "cn-device",
  },
  {
    key: "credentials.clientCertificate.identity",
    beside: { "credentials.clientCertificate.enabled": true },
    value: "subject",
    see: certificateOwner,
    was: "cn-device",
    is: "CN=cn-device,O=x",
  },
  { key: "credentials.allowWeakKey", value: true, see: addedWeakKey, was: "key_refused", is: "added" },
  { key: "devices.enrolment", value: "refuse", see: () => ofToken(), was: "allow", is: "device_unknown" },
  { key: "devices.enrolmentPerMinute", value: 1, see: secondOfTwo, was: "allow", is: "enrolment_limited" },
  { key: "devices.enrolmentPerMinuteAndGroup", value: 1, see: secondOfTwo, was: "allow", is: "enrolment_limited" },
  { key: "devices.goOnWithoutStoreFor", value: "0", see: withoutStore, was: "allow", is: "store_unavailable" },
  { key: "acl.groups", value: lamps, see: rightsOfLamp, was: false, is: true },
  { key: "log.level", value: "debug", see: debugLines, was: 0, is: 1 },
  {
    key: "xiaozhi.configFile",
    get beside() {
      return { [`${hmac}.key`]: undefined, "xiaozhi.configFile": xiaozhiFile("one", hmacKey) };
    },
    get value() {
      return xiaozhiFile("other", otherSecret);
    },
    see: () => reasonOf(signedLogin(`GID@@@${newMacPart()}@@@x`, otherSecret)),
    was: "bad_signature",
    is: "allow",
  },
  { key: "xiaozhi.gateway.host", value: "gw.example", see: gateway("host"), was: undefined, is: "gw.example" },
  { key: "xiaozhi.gateway.port", value: 1885, see: gateway("port"), was: undefined, is: 1885 },
  { key: "xiaozhi.gateway.udpPort", value: 8884, see: gateway("udpPort"), was: undefined, is: 8884 },
];

it("every key that is marked live has a trial", () => {
  // Of EMQX: reload-emqx.test.ts.
  const live = [...configKeys.values()].flatMap(({ key, isLive }) =>
    isLive && !key.startsWith("brokers.emqx.") ? [key] : [],
  );
  expect(trials.map(({ key }) => key).toSorted()).toEqual(live.toSorted());
});

it.each(trials)("$key is in force at once", async (trial) => {
  const { key, beside = {}, see, was, is } = trial;
  await service.reloadWith({ ...beside });
  const before = await see();
  const report = await service.reloadWith({ ...beside, [key]: trial.value });
  expect(report.applied.map((change) => change.key)).toContain(key);
  expect(report.atNextStart).toEqual([]);
  expect([before, await see()]).toEqual([was, is]);
});
