// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import { createSecretKey, randomBytes } from "node:crypto";
import {
  type AllowDecision,
  type ConnectRequest,
  compileAcl,
  formatUnsignedXiaozhiClientId,
  mintJwt,
  mintXiaozhiHmac,
  type SchemeName,
  schemeNames,
  type VerificationKey,
} from "@connack/credentials";
import {
  createClientCertificateScheme,
  createClockWatch,
  createJwtScheme,
  createPasswordScheme,
  createXiaozhiHmacScheme,
  createXiaozhiUnsignedScheme,
  hashPassword,
} from "@connack/credentials/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfiguredGroups, createGroupRights } from "../authz/group-rights.ts";
import { type ProfileName, profilesFor } from "../authz/profiles.ts";
import { createResolveRights } from "../authz/resolve-rights.ts";
import { type CachedRegistry, cachedRegistry } from "../registry/cached-registry.ts";
import type { NewDevice } from "../registry/device-registry.ts";
import { openSqliteRegistry } from "../registry/sqlite/sqlite-registry.ts";
import { temporaryFolder } from "../registry/testing/temporary-folder.ts";
import { createDecideConnect, type DecideConnect } from "./decide-connect.ts";
import { createEnrolmentPolicy } from "./enrolment-policy.ts";
import { createAttemptLimiter } from "./limit-attempts.ts";

const now = 1_760_775_881_000;
const folder = temporaryFolder();
const secret = randomBytes(32).toString("hex");
const hmacKey = randomBytes(32).toString("hex");
const password = randomBytes(12).toString("base64url");

let registry: CachedRegistry;
let passwordHash: string;

beforeAll(async () => {
  const store = await openSqliteRegistry({ file: `${folder}/registry.db`, create: true });
  registry = cachedRegistry(store, { nowMs: () => now });
  passwordHash = await hashPassword(password, { ln: 10, r: 8, p: 1 });
});
afterAll(() => registry.close());

const key = (scheme: "jwt" | "xiaozhi-hmac", algorithm: VerificationKey["algorithm"], text: string) => ({
  id: scheme,
  scheme,
  algorithm,
  generation: 1,
  key: createSecretKey(Buffer.from(text)),
});

function decider(groups: ConfiguredGroups = {}): DecideConnect {
  const keys = [key("jwt", "HS256", secret), key("xiaozhi-hmac", "HMAC-SHA256", hmacKey)];
  return createDecideConnect({
    schemes: [
      createXiaozhiUnsignedScheme(),
      createXiaozhiHmacScheme(),
      createJwtScheme({}),
      createClientCertificateScheme({ identity: "common name" }),
      createPasswordScheme({ refusalCost: { ln: 1, r: 8, p: 1 } }),
    ],
    keyRing: { keys: () => keys },
    registry,
    enrolment: createEnrolmentPolicy({ mode: "enrol", perMinute: 1000, perMinuteAndGroup: 1000, nowMs: () => now }),
    limiter: createAttemptLimiter(),
    resolveRights: createResolveRights(createGroupRights(groups, registry)),
    clockWatch: createClockWatch(),
    nowMs: () => now,
    onError: (error) => expect.fail(String(error)),
  });
}

let count = 0;

/** A new device that is registered with the scheme, and how it connects. */
async function newcomer(
  scheme: SchemeName,
  more: Partial<NewDevice> = {},
  names: { clientId?: string; username?: string; claims?: object } = {},
): Promise<ConnectRequest> {
  const hex = (++count).toString(16).padStart(4, "0");
  const mac = `02:00:00:00:${hex.slice(0, 2)}:${hex.slice(2)}`;
  const id = scheme.startsWith("xiaozhi") ? mac : `${scheme}-${count}`;
  const username = names.username ?? id;
  const identity = scheme === "password" ? username : id;
  const hash = scheme === "password" ? { passwordHash } : {};
  await registry.add({ id: identity, status: "active", schemes: [scheme], createdAt: now, ...hash, ...more });
  switch (scheme) {
    case "xiaozhi-hmac":
      return mintXiaozhiHmac({ key: hmacKey, group: "GID_lamp", mac });
    case "xiaozhi-unsigned":
      return { clientId: formatUnsignedXiaozhiClientId("GID_lamp", mac), username, password: "" };
    case "jwt": {
      const iat = now / 1000 - 1;
      const claims = { sub: id, iat, exp: iat + 3600, ...names.claims };
      const token = await mintJwt({ claims, algorithm: "HS256", key: new TextEncoder().encode(secret), kid: "jwt" });
      return { clientId: names.clientId ?? id, username, password: token };
    }
    case "password":
      return { clientId: names.clientId ?? id, username, password };
    case "client-certificate":
      return { clientId: names.clientId ?? id, username, password: "", certificateCommonName: id };
  }
}

async function allowed(decide: DecideConnect, request: ConnectRequest): Promise<AllowDecision> {
  const decision = await decide(request);
  if (decision.result === "deny") throw new Error(`${decision.reason}: ${decision.detail}`);
  return decision;
}

const allowing = ({ acl }: AllowDecision) =>
  acl.filter(({ permission }) => permission === "allow").map(({ action, topic }) => `${action} ${topic}`);

describe("the answer to a CONNECT", () => {
  it.each(schemeNames)("with %s has the rights of its default profile, and an end", async (scheme) => {
    const decision = await allowed(decider(), await newcomer(scheme));
    const { deviceId } = decision;
    const underscored = deviceId.replaceAll(":", "_");
    const { clientId } = { clientId: `GID_lamp@@@${underscored}` };
    const expected: Record<SchemeName, unknown> = {
      "xiaozhi-hmac": [
        "publish device-server",
        `subscribe devices/p2p/${underscored}`,
        expect.stringMatching(new RegExp(`^subscribe devices/p2p/${clientId}@@@.+`)),
      ],
      "xiaozhi-unsigned": ["publish device-server", `subscribe devices/p2p/${underscored}`],
      jwt: [`all devices/${deviceId}/#`],
      password: [`all devices/${deviceId}/#`],
      "client-certificate": [`all devices/${deviceId}/#`],
    };
    expect(allowing(decision)).toEqual(expected[scheme]);
    expect(decision.acl.at(-1)?.permission).toBe("deny");
    const subscribed = decision.subscriptions?.map(({ topic }) => `subscribe ${topic}`) ?? [];
    expect(subscribed).toEqual(scheme.startsWith("xiaozhi") ? allowing(decision).slice(1) : []);
  });

  it.each(schemeNames)("with %s follows the device's profile and rules", async (scheme) => {
    const rules: NewDevice["rules"] = [
      { permission: "allow", action: "publish", topics: ["log/${deviceId}"], qos: [0], retain: false },
    ];
    const decision = await allowed(decider(), await newcomer(scheme, { profile: "none", rules }));
    const topic = `log/${decision.deviceId}`;
    expect(decision.acl[0]).toEqual({ permission: "allow", action: "publish", topic, qos: [0], retain: false });
    expect(allowing(decision)).toHaveLength(1);
    expect(decision).not.toHaveProperty("subscriptions");
  });

  it("with the password before the last rotation ends when that does, and not before or after", async () => {
    const decide = decider();
    const request = await newcomer("password");
    const id = request.username;
    const until = now + 90_500;
    const next = await hashPassword(randomBytes(12).toString("base64url"), { ln: 10, r: 8, p: 1 });
    await registry.setRights(id, { passwordHash: next, previousPassword: { hash: passwordHash, until } });
    expect((await allowed(decide, request)).expireAtSeconds).toBe(Math.floor(until / 1000));
    await registry.setRights(id, { passwordHash, previousPassword: { hash: next, until } });
    expect(await allowed(decide, request)).not.toHaveProperty("expireAtSeconds");
  });

  it("is no for a name that connack sub and pub could have", async () => {
    const sub = `cli-${randomBytes(12).toString("hex")}`;
    const request = await newcomer("jwt", {}, { claims: { sub } });
    expect(await decider()(request)).toMatchObject({ result: "deny", reason: "device_unknown" });
    expect(await registry.find(sub)).toBeUndefined();
  });

  it("takes a signed group for a group, and an unsigned one for nothing", async () => {
    const decide = decider({
      GID_lamp: { rules: [{ permission: "allow", action: "publish", topics: ["lamps/${attrs.group}"] }] },
    });
    expect(allowing(await allowed(decide, await newcomer("xiaozhi-hmac")))).toContain("publish lamps/GID_lamp");
    const unsigned = await allowed(decide, await newcomer("xiaozhi-unsigned"));
    expect(allowing(unsigned).join()).not.toContain("lamps");
    expect(unsigned.clientAttrs).not.toHaveProperty("group");
    // The registry's word comes first.
    expect(allowing(await allowed(decide, await newcomer("xiaozhi-hmac", { group: "other" }))).join()).not.toContain(
      "lamps",
    );
  });

  it("passes on a claimed host name that a topic can have, after the registry's", async () => {
    const hostnameOf = async (hostname: unknown, attributes = {}) => {
      const request = await newcomer("jwt", { profile: "esp32-guide", attributes }, { claims: { hostname } });
      const { clientAttrs, acl } = await allowed(decider(), request);
      return [clientAttrs["hostname"], acl[0]?.topic];
    };
    expect(await hostnameOf("kitchen")).toEqual(["kitchen", "kitchen/status"]);
    expect(await hostnameOf("kitchen", { hostname: "hall" })).toEqual(["hall", "hall/status"]);
    for (const hostname of ["+", "a/b", "", 5, null, "x".repeat(300)]) {
      expect(await hostnameOf(hostname)).toEqual([undefined, "#"]);
    }
    expect((await hostnameOf("devices"))[1]).toBe("#");
  });

  it("never lets a claim or an attribute stand in for who the device is", async () => {
    const attributes = { device: "victim", scheme: "password", mac: "x" };
    const request = await newcomer("jwt", { attributes }, { claims: { device: "victim" } });
    const { clientAttrs, deviceId } = await allowed(decider(), request);
    expect(clientAttrs).toMatchObject({ device: deviceId, scheme: "jwt" });
  });
});

describe.each(["jwt", "password", "client-certificate"] as const)("a client of %s that calls itself `#`", (scheme) => {
  it.each(profilesFor("device"))("has nothing of others with the profile %s", async (profile: ProfileName) => {
    const rules: NewDevice["rules"] = [
      {
        permission: "allow",
        action: "all",
        topics: ["c/${clientId}", "${clientId}", "u/${username}/#", "${username}"],
      },
    ];
    const names = { clientId: "#", username: "a/#" };
    const request = await newcomer(scheme, { profile, rules, clientIds: [] }, names);
    const decision = await decider()(request);
    await registry.flush();
    // Another device has it from now on.
    await registry.setStatus(decision.deviceId ?? "", ["active"], "removed");
    if (decision.result === "deny") throw new Error(decision.detail);
    for (const { permission, topic } of decision.acl) {
      if (permission === "allow") expect(topic.replace(/\/#$/, "")).not.toMatch(/[+#]/);
    }
    const acl = compileAcl(decision.acl);
    for (const topic of ["c/x", "x", "u/a/b", "a/b", "devices/other/x", "devices/p2p/x", "$SYS/x"]) {
      expect(acl.decide({ action: "publish", topic, qos: 0, retain: false }).allowed, topic).toBe(false);
      expect(acl.decide({ action: "subscribe", topic, qos: 0 }).allowed, topic).toBe(false);
      expect(acl.mayReceive(topic), topic).toBe(false);
    }
  });
});

it.each(["xiaozhi-hmac", "xiaozhi-unsigned"] as const)(
  "with %s no client id has a topic character at all",
  async (scheme) => {
    const request = await newcomer(scheme, {}, { username: "a/#" });
    for (const clientId of [
      "#",
      request.clientId.replace("GID_lamp", "#"),
      request.clientId.replace("GID_lamp", "a/b"),
    ]) {
      expect(await decider()({ ...request, clientId })).toMatchObject({ result: "deny" });
    }
  },
);
