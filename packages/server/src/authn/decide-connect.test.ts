import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ConnectRequest,
  type CredentialScheme,
  mintJwt,
  mintXiaozhiHmac,
  type VerificationKey,
} from "@connack/credentials";
import {
  createClockWatch,
  createJwtScheme,
  createPasswordScheme,
  createXiaozhiHmacScheme,
  hashPassword,
} from "@connack/credentials/verify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGroupRights } from "../authz/group-rights.ts";
import { createResolveRights } from "../authz/resolve-rights.ts";
import { type CachedRegistry, cachedRegistry } from "../registry/cached-registry.ts";
import { openSqliteRegistry } from "../registry/sqlite/sqlite-registry.ts";
import {
  createDecideConnect,
  type DecideConnect,
  type DecideConnectParts,
  type StepName,
  stepNames,
} from "./decide-connect.ts";
import { createEnrolmentPolicy, type EnrolmentOptions } from "./enrolment-policy.ts";
import { createAttemptLimiter } from "./limit-attempts.ts";

const start = 1_760_775_881_000;
const secret = randomBytes(32).toString("hex");
const older = randomBytes(32).toString("hex");
const hmacKey = randomBytes(32).toString("hex");

let folder: string;
let registry: CachedRegistry;
let now: number;
let errors: unknown[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "connack-decide-"));
  now = start;
  errors = [];
  const store = await openSqliteRegistry({ file: join(folder, "registry.db"), create: true, now: () => now });
  registry = cachedRegistry(store, { nowMs: () => now, goOnForMs: 900_000 });
});

afterEach(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

const jwtKey = (id: string, generation: number, text: string): VerificationKey => ({
  id,
  scheme: "jwt",
  algorithm: "HS256",
  generation,
  key: createSecretKey(Buffer.from(text)),
});

function decider(policy: Partial<EnrolmentOptions> = {}, parts: Partial<DecideConnectParts> = {}): DecideConnect {
  const keys: VerificationKey[] = [
    jwtKey("jwt-1", 1, older),
    jwtKey("jwt-2", 2, secret),
    {
      id: "hmac-1",
      scheme: "xiaozhi-hmac",
      algorithm: "HMAC-SHA256",
      generation: 1,
      key: createSecretKey(Buffer.from(hmacKey)),
    },
  ];
  const nowMs = () => now;
  return createDecideConnect({
    schemes: [createXiaozhiHmacScheme(), createJwtScheme({}), createPasswordScheme()],
    keyRing: { keys: () => keys },
    registry,
    enrolment: createEnrolmentPolicy({ mode: "enrol", perMinute: 100, perMinuteAndGroup: 100, nowMs, ...policy }),
    limiter: createAttemptLimiter(),
    resolveRights: createResolveRights(createGroupRights({}, registry)),
    clockWatch: createClockWatch(),
    nowMs,
    onError: (error) => errors.push(error),
    ...parts,
  });
}

async function jwt(
  sub: string,
  more: { clientId?: string; key?: string; kid?: string; claims?: object } = {},
): Promise<ConnectRequest> {
  const iat = Math.floor(now / 1000);
  const password = await mintJwt({
    claims: { sub, iat, exp: iat + 3600, ...more.claims },
    algorithm: "HS256",
    key: new TextEncoder().encode(more.key ?? secret),
    kid: more.kid ?? "jwt-2",
  });
  return { clientId: more.clientId ?? sub, username: sub, password, peerHost: "203.0.113.7" };
}

describe("a right credential", () => {
  it("is allowed, as whom, with own topics, until its expiry, and leaves a trace on the device", async () => {
    const decide = decider();
    const decision = await decide(await jwt("sensor-1"));
    expect(decision).toEqual({
      result: "allow",
      deviceId: "sensor-1",
      scheme: "jwt",
      keyId: "jwt-2",
      acl: [
        { permission: "allow", action: "all", topic: "devices/sensor-1/#" },
        ...["#", "$SYS/#", "$delayed/#", "$exclusive/#", "$file/#", "$events/#"].map((topic) => ({
          permission: "deny",
          action: "all",
          topic,
        })),
      ],
      clientAttrs: { device: "sensor-1", scheme: "jwt" },
      expireAtSeconds: start / 1000 + 3600 + 30,
      token: { iat: start / 1000, exp: start / 1000 + 3600 },
    });
    await registry.flush();
    expect(await registry.find("sensor-1")).toMatchObject({
      status: "active",
      schemes: ["jwt"],
      clientIds: ["sensor-1"],
      lastSeenAt: start,
      lastAddress: "203.0.113.7",
    });
  });

  it("may come three times at once, as EMQX resends it", async () => {
    const decide = decider();
    const request = await jwt("sensor-1");
    const decisions = await Promise.all([decide(request), decide(request), decide(request)]);
    expect(decisions.map((decision) => decision.result)).toEqual(["allow", "allow", "allow"]);
  });

  it("of xiaozhi gives the device its reply topic as sent, and its MAC as identity", async () => {
    const decide = decider();
    const triple = await mintXiaozhiHmac({ key: hmacKey, group: "GID_lamp", mac: "02:00:00:00:00:0A" });
    const decision = await decide(triple);
    expect(decision).toMatchObject({
      result: "allow",
      deviceId: "02:00:00:00:00:0a",
      clientAttrs: { mac: "02_00_00_00_00_0a", group: "GID_lamp" },
    });
    expect(decision).not.toHaveProperty("expireAtSeconds");
    expect(decision.result === "allow" && decision.acl.map((rule) => rule.topic)).toContain(
      "devices/p2p/02_00_00_00_00_0a",
    );
  });

  it("by password", async () => {
    await registry.add({
      id: "alice",
      status: "active",
      schemes: ["password"],
      createdAt: now,
      passwordHash: await hashPassword("correct horse"),
    });
    const decide = decider();
    const login = { clientId: "a", username: "alice", password: "correct horse" };
    expect(await decide(login)).toMatchObject({ result: "allow", deviceId: "alice" });
    expect(await decide({ ...login, password: "wrong" })).toMatchObject({ result: "deny", reason: "bad_password" });
    expect(await decide({ ...login, username: "nobody" })).toMatchObject({ result: "deny", reason: "bad_password" });
  });
});

describe("a rotated password", () => {
  it("and the one before it get in, until that one's time is over or another one is set", async () => {
    const hash = (password: string) => hashPassword(password, { ln: 10, r: 8, p: 1 });
    const login = (password: string) => ({ clientId: "backend", username: "backend", password });
    const [first, second, third] = [1, 2, 3].map(() => randomBytes(12).toString("hex")) as [string, string, string];
    const decide = decider();
    const results = async () => {
      const decisions = [];
      for (const password of [first, second, third]) decisions.push((await decide(login(password))).result);
      return decisions.join(" ");
    };
    const device = { id: "backend", kind: "service", status: "active", schemes: ["password"], createdAt: now } as const;
    const firstHash = await hash(first);
    await registry.add({ ...device, schemes: ["password"], passwordHash: firstHash });
    expect(await results()).toBe("allow deny deny");
    const previousPassword = { hash: firstHash, until: now + 60_000 };
    await registry.setRights("backend", { passwordHash: await hash(second), previousPassword });
    expect(await results()).toBe("allow allow deny");
    now += 59_999;
    expect(await results()).toBe("allow allow deny");
    now += 1;
    expect(await results()).toBe("deny allow deny");
    now -= 60_000;
    expect(await results()).toBe("allow allow deny");
    await registry.setRights("backend", { passwordHash: await hash(third) });
    expect(await results()).toBe("deny deny allow");
  });
});

describe("enrolment", () => {
  it("approve: a new device waits, and is let in once approved", async () => {
    const decide = decider({ mode: "approve" });
    const request = await jwt("new");
    expect(await decide(request)).toMatchObject({ reason: "device_pending", deviceId: "new" });
    await registry.flush();
    await registry.setStatus("new", ["pending"], "active");
    expect(await decide(request)).toMatchObject({ result: "allow" });
  });

  it("refuse: only registered devices", async () => {
    expect(await decider({ mode: "refuse" })(await jwt("new"))).toMatchObject({ reason: "device_unknown" });
    expect(await registry.find("new")).toBeUndefined();
  });

  it("is limited per minute and per group", async () => {
    const decide = decider({ perMinute: 3, perMinuteAndGroup: 2 });
    const lamp = async (n: number, group: string) =>
      decide(await mintXiaozhiHmac({ key: hmacKey, group, mac: `02:00:00:00:00:0${n}` }));
    expect((await lamp(1, "a")).result).toBe("allow");
    expect((await lamp(2, "a")).result).toBe("allow");
    expect(await lamp(3, "a")).toMatchObject({ reason: "enrolment_limited" });
    expect((await lamp(4, "b")).result).toBe("allow");
    expect(await lamp(5, "c")).toMatchObject({ reason: "enrolment_limited" });
    expect((await lamp(1, "a")).result).toBe("allow"); // known by now
    now += 60_000;
    expect((await lamp(5, "c")).result).toBe("allow");
  });

  it("a removed device does not come back by itself", async () => {
    const decide = decider();
    await registry.add({ id: "gone", status: "active", schemes: ["jwt"], createdAt: now });
    await registry.setStatus("gone", ["active"], "removed");
    expect(await decide(await jwt("gone"))).toMatchObject({ reason: "device_removed" });
  });
});

describe("a proven device is refused", () => {
  it.each([
    ["disabled", "device_disabled"],
    ["revoked", "device_revoked"],
  ] as const)("when %s, at once", async (status, reason) => {
    const decide = decider();
    const request = await jwt("sensor-1");
    expect((await decide(request)).result).toBe("allow");
    await registry.flush();
    await registry.setStatus("sensor-1", ["active"], status);
    expect(await decide(request)).toMatchObject({ result: "deny", reason, deviceId: "sensor-1" });
    await registry.flush();
    expect(await registry.find("sensor-1")).toMatchObject({ status, lastRefusal: { reason } });
  });

  it("when it is revoked while its login is under way", async () => {
    await registry.add({ id: "racing", status: "active", schemes: ["jwt"], createdAt: now });
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // A store that takes its time to tell whose client id it is.
    const slow = new Proxy(registry, {
      get(target, name) {
        if (name === "peekClientIdOwner") return () => undefined;
        if (name === "findClientIdOwner") return () => held.then(() => undefined);
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const decide = decider({}, { registry: slow });
    const decision = decide(await jwt("racing"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await registry.setStatus("racing", ["active"], "revoked");
    release?.();
    expect(await decision).toMatchObject({ result: "deny", reason: "device_revoked" });
  });

  it("with the scheme it has moved away from", async () => {
    const decide = decider();
    const request = await jwt("sensor-1");
    await decide(request);
    await registry.flush();
    await registry.setRights("sensor-1", { schemes: ["client-certificate"] });
    expect(await decide(request)).toMatchObject({ reason: "scheme_not_allowed" });
  });

  it("with a key of a generation it may no longer use", async () => {
    const decide = decider();
    const old = await jwt("sensor-1", { key: older, kid: "jwt-1" });
    expect((await decide(old)).result).toBe("allow");
    await registry.flush();
    await registry.setRights("sensor-1", { minKeyGeneration: 2 });
    expect(await decide(old)).toMatchObject({ reason: "key_generation_not_allowed" });
    expect((await decide(await jwt("sensor-1"))).result).toBe("allow");
  });

  it("as another scheme's device of the same name: identities never collide", async () => {
    const decide = decider();
    const mac = "02:00:00:00:00:0b";
    expect((await decide(await mintXiaozhiHmac({ key: hmacKey, group: "g", mac }))).result).toBe("allow");
    expect(await decide(await jwt(mac))).toMatchObject({ reason: "scheme_not_allowed" });
  });
});

describe("client ids", () => {
  it("belong to the device that used them, and to the device of that name", async () => {
    const decide = decider();
    expect((await decide(await jwt("owner", { clientId: "shared" }))).result).toBe("allow");
    expect(await decide(await jwt("thief", { clientId: "shared" }))).toMatchObject({
      reason: "client_id_in_use",
      deviceId: "thief",
    });
    expect(await decide(await jwt("thief", { clientId: "owner" }))).toMatchObject({ reason: "client_id_in_use" });
    expect((await decide(await jwt("owner", { clientId: "other" }))).result).toBe("allow");
    expect((await decide(await jwt("owner", { clientId: "shared" }))).result).toBe("allow");
  });

  it("of a xiaozhi form belong to the MAC they name, also before it has ever connected", async () => {
    const decide = decider();
    const real = await mintXiaozhiHmac({ key: hmacKey, group: "GID_lamp", mac: "02:00:00:00:00:77" });
    expect(await decide(await jwt("mallory", { clientId: real.clientId }))).toMatchObject({
      reason: "client_id_in_use",
    });
    expect((await decide(real)).result).toBe("allow");
  });

  it.each(["aa_bb_cc_dd_ee_ff", "AA:BB:CC:DD:EE:FF", "aa-bb-cc-dd-ee-ff"])(
    "that are a MAC belong to the device of that MAC, however they are written: %s",
    async (clientId) => {
      const decide = decider();
      await registry.add({ id: "mallory", status: "active", schemes: ["jwt"], createdAt: now, profile: "xiaozhi" });
      // Also before that device has ever come.
      expect(await decide(await jwt("mallory", { clientId }))).toMatchObject({
        reason: "client_id_in_use",
        detail: "the client id belongs to aa:bb:cc:dd:ee:ff",
      });
      expect(await decide(await jwt("aa:bb:cc:dd:ee:ff", { clientId }))).toMatchObject({ result: "allow" });
    },
  );

  it("that are a MAC may be used by the device that an operator says has it, and by one of that name", async () => {
    const decide = decider();
    const attributes = { mac: "AA-BB-CC-DD-EE-01" };
    await registry.add({ id: "sensor-1", status: "active", schemes: ["jwt"], createdAt: now, attributes });
    expect(await decide(await jwt("sensor-1", { clientId: "aa:bb:cc:dd:ee:01" }))).toMatchObject({ result: "allow" });
    expect(await decide(await jwt("sensor-1", { clientId: "aa:bb:cc:dd:ee:02" }))).toMatchObject({ result: "deny" });
    const spelt = "AA:BB:CC:DD:EE:03";
    expect(await decide(await jwt(spelt, { clientId: "aa_bb_cc_dd_ee_03" }))).toMatchObject({ result: "allow" });
  });

  it("that are a MAC are not another's because an operator gave two devices one MAC", async () => {
    const decide = decider();
    const mac = "aa:bb:cc:dd:ee:04";
    await registry.add({ id: mac, status: "active", schemes: ["xiaozhi-hmac"], createdAt: now });
    await registry.add({ id: "sensor-4", status: "active", schemes: ["jwt"], createdAt: now, attributes: { mac } });
    for (const clientId of [mac, "aa_bb_cc_dd_ee_04", "AA:BB:CC:DD:EE:04"]) {
      expect(await decide(await jwt("sensor-4", { clientId }))).toMatchObject({ reason: "client_id_in_use" });
    }
  });

  it("that are a token by mistake are refused before anybody writes them down", async () => {
    const request = await jwt("sensor-1");
    expect(await decider()({ ...request, clientId: request.password })).toMatchObject({ reason: "bad_client_id" });
  });

  it("of two devices that come at once, one gets it", async () => {
    const decide = decider();
    const requests = await Promise.all(
      Array.from({ length: 20 }, (_, n) => jwt(`racer-${n}`, { clientId: "contested" })),
    );
    const decisions = await Promise.all(requests.map((request) => decide(request)));
    expect(decisions.filter((decision) => decision.result === "allow")).toHaveLength(1);
  });

  it.each(["a\u0000b", "a\nb", "\u0085", "half \ud800"])(
    "with control characters or half characters are refused: %j",
    async (clientId) => {
      expect(await decider()(await jwt("sensor-1", { clientId }))).toMatchObject({ reason: "bad_client_id" });
    },
  );
});

describe("when things go wrong", () => {
  it("store gone: who was seen goes on for a while, nobody new comes in", async () => {
    const decide = decider();
    const known = await jwt("known");
    expect((await decide(known)).result).toBe("allow");
    for (const clientId of ["c1", "c2", "c3"]) expect((await decide({ ...known, clientId })).result).toBe("allow");
    await registry.flush();
    const away = join(folder, "away.db");
    renameSync(join(folder, "registry.db"), away);
    await expect.poll(() => registry.health().state, { timeout: 10_000 }).toBe("missing");
    expect(await decide(known)).toMatchObject({ result: "allow" });
    expect(await decide({ ...known, clientId: "c3" })).toMatchObject({ result: "allow" });
    expect(await decide({ ...known, clientId: "c4" })).toMatchObject({ reason: "store_unavailable" });
    expect(await decide(await jwt("stranger"))).toMatchObject({ result: "deny", reason: "store_unavailable" });
    now += 901_000;
    expect(await decide(await jwt("known"))).toMatchObject({ result: "deny", reason: "store_unavailable" });
    renameSync(away, join(folder, "registry.db"));
    await expect.poll(() => registry.health().state, { timeout: 10_000 }).toBe("ready");
    expect((await decide(await jwt("stranger"))).result).toBe("allow");
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["rejects", () => Promise.reject(new Error("boom"))],
  ] as const)("a scheme that %s is a refusal, and is told", async (_how, verify) => {
    const broken: CredentialScheme = {
      name: "jwt",
      identify: () => ({ scheme: "jwt", identity: "", needs: "nothing" }),
      verify,
    };
    const decide = decider({}, { schemes: [broken] });
    expect(await decide(await jwt("x"))).toMatchObject({ result: "deny", reason: "internal_error" });
    expect(errors).toHaveLength(1);
  });

  it("nothing of a credential's secret is in a refusal", async () => {
    const request = await jwt("sensor-1", { key: randomBytes(32).toString("hex") });
    const text = JSON.stringify(await decider()(request));
    expect(text).toContain("bad_signature");
    expect(text).not.toContain(request.password.split(".")[2]);
  });
});

describe("a dry run", () => {
  it("decides alike and leaves no trace", async () => {
    const decide = decider();
    const request = await jwt("sensor-9", { clientId: "c9" });
    expect((await decide(request, { dryRun: true })).result).toBe("allow");
    await registry.flush();
    expect(await registry.find("sensor-9")).toBeUndefined();
    expect(await registry.findClientIdOwner("c9")).toBeUndefined();
  });

  it("names each step up to the one that decided", async () => {
    const decide = decider();
    const reached: StepName[] = [];
    await decide(await jwt("x", { key: older }), { dryRun: true, onStep: (step) => void reached.push(step) });
    expect(reached).toEqual(["identify", "limit attempts", "load material", "verify"]);
  });
});

describe("step times", () => {
  it("are recorded for each step that was reached, also of one that failed, and not of a dry run", async () => {
    const steps: StepName[] = [];
    const recordStep = (step: StepName, seconds: number) => {
      expect(seconds).toBeGreaterThanOrEqual(0);
      steps.push(step);
    };
    const decide = decider({}, { recordStep });
    await decide(await jwt("sensor-1"), { dryRun: true });
    expect(steps).toEqual([]);
    await decide(await jwt("sensor-1"));
    expect(steps.splice(0)).toEqual([...stepNames]);
    await decide(await jwt("sensor-1", { key: older }));
    expect(steps.splice(0)).toEqual(stepNames.slice(0, 4));
    const failing = decider(
      {},
      {
        recordStep,
        keyRing: {
          keys: () => {
            throw new Error("no keys");
          },
        },
      },
    );
    expect(await failing(await jwt("sensor-1"))).toMatchObject({ reason: "internal_error" });
    expect(steps).toEqual(stepNames.slice(0, 3));
  });
});

describe("what is remembered", () => {
  it("a name that is only claimed takes no room, a known device's refusal is noted", async () => {
    const decide = decider();
    await registry.add({ id: "02:00:00:00:00:0c", status: "active", schemes: ["xiaozhi-hmac"], createdAt: now });
    const triple = await mintXiaozhiHmac({
      key: randomBytes(32).toString("hex"),
      group: "g",
      mac: "02:00:00:00:00:0c",
    });
    const invented = await mintXiaozhiHmac({
      key: randomBytes(32).toString("hex"),
      group: "g",
      mac: "02:00:00:00:00:0d",
    });
    await registry.find("02:00:00:00:00:0c");
    expect(await decide(triple)).toMatchObject({ reason: "bad_signature" });
    expect(await decide(invented)).toMatchObject({ reason: "bad_signature" });
    expect(registry.counters().sightingsWaiting).toBe(1);
    await registry.flush();
    expect(await registry.find("02:00:00:00:00:0c")).toMatchObject({
      lastRefusal: { reason: "bad_signature", at: start },
    });
  });

  it("the clock of a device: off by a time zone at each attempt", async () => {
    const decide = decider();
    let last: Awaited<ReturnType<DecideConnect>> | undefined;
    for (let attempt = 0; attempt < 3; attempt++) {
      const iat = Math.floor(now / 1000) + 8 * 3600;
      last = await decide(await jwt("zone", { claims: { iat, exp: iat + 3600 } }));
      now += 10_000;
    }
    expect(last).toMatchObject({ reason: "token_issued_in_future" });
    expect(last?.result === "deny" && last.hints.map((hint) => hint.code)).toEqual(["clock_time_zone"]);
  });
});
