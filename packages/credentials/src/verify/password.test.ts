import * as crypto from "node:crypto";
import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectRequest } from "../connect-request.ts";
import type { Claim, KeyMaterial, Verification } from "../credential-scheme.ts";
import { verifyScheme } from "../testing/verify-scheme.ts";
import { defaultScryptCost, hashPassword } from "./hash-password.ts";
import { createPasswordScheme } from "./password.ts";

// The real functions, watched: what a check costs is told by the parameters, not by a clock.
vi.mock("node:crypto", async (importOriginal) => {
  const real = await importOriginal<typeof crypto>();
  return { ...real, scrypt: vi.fn(real.scrypt), pbkdf2: vi.fn(real.pbkdf2) };
});
const scrypt = vi.mocked(crypto.scrypt);

const cheap = { ln: 10, r: 8, p: 1 };
const newPassword = () => randomBytes(12).toString("base64");

function pbkdf2Hash(password: string): string {
  const salt = randomBytes(12);
  return `$7$101$${salt.toString("base64")}$${crypto.pbkdf2Sync(password, salt, 101, 64, "sha512").toString("base64")}`;
}

function sha512Hash(password: string): string {
  const salt = randomBytes(12);
  const hash = crypto.createHash("sha512").update(password).update(salt).digest("base64");
  return `$6$${salt.toString("base64")}$${hash}`;
}

/** Each form of hash, under a user name of its own. */
async function credentials(device: 0 | 1) {
  const forms = [(password: string) => hashPassword(password, cheap), pbkdf2Hash, sha512Hash];
  return Promise.all(
    forms.map(async (hashOf, form) => {
      const password = form === 0 ? newPassword() : `pässword-${newPassword()}`;
      const request = { clientId: `client-${device}`, username: `Ürsula-${device}.${form}`, password };
      const material: KeyMaterial = { kind: "password hash", hash: await hashOf(password) };
      return { request, material, nowSeconds: 1_800_000_000 };
    }),
  );
}

verifyScheme("password", async () => {
  const devices = [await credentials(0), await credentials(1)];
  return {
    // What a refusal costs is tested below; here it only takes time.
    scheme: createPasswordScheme({ refusalCost: { ln: 1, r: 8, p: 1 } }),
    credentials: (device) => devices[device] ?? [],
    signedFields: ["username", "password"],
    sampleEvery: 5,
  };
});

const scheme = createPasswordScheme();
const request: ConnectRequest = { clientId: "c", username: "alice", password: newPassword() };

async function verify(hash: string | undefined, from = request, previous?: string): Promise<Verification> {
  const claim: Claim = { scheme: "password", identity: from.username, needs: "password hash" };
  const material: KeyMaterial = { kind: "password hash", hash, ...(previous !== undefined && { previous }) };
  return scheme.verify(from, claim, material, 1_800_000_000);
}

describe("identify", () => {
  it.each([
    ["a user name and a password", { username: "alice", password: "x" }],
    ["a password that looks like a token", { username: "alice", password: "a.b.c" }],
    ["a name of 256 characters", { username: "u".repeat(256), password: "x" }],
    ["a name like a member of Object", { username: "__proto__", password: "x" }],
  ])("takes %s", (_, fields) => {
    const claim = { scheme: "password", identity: fields.username, needs: "password hash" };
    expect(scheme.identify({ clientId: "c", ...fields })).toEqual(claim);
  });

  it.each([
    ["no user name", { username: "", password: "x" }],
    ["no password", { username: "alice", password: "" }],
    ["a name of 257 characters", { username: "u".repeat(257), password: "x" }],
    ["a control character in the name", { username: "ali\u0007ce", password: "x" }],
    ["half a surrogate pair in the name", { username: "ali\ud800ce", password: "x" }],
    ["a mark that reorders the text", { username: "ali\u202ece", password: "x" }],
  ])("leaves %s to others", (_, fields) => {
    expect(scheme.identify({ clientId: "c", ...fields })).toBeUndefined();
  });
});

describe("verify", () => {
  const full = { N: 2 ** defaultScryptCost.ln, r: defaultScryptCost.r, p: defaultScryptCost.p };
  /** N·r·p of each scrypt that ran. */
  const work = () =>
    scrypt.mock.calls.map(([, , , options]) => {
      const { N, r, p } = options as unknown as typeof full;
      return N * r * p;
    });
  const fullWork = full.N * full.r * full.p;
  const total = () => work().reduce((sum, each) => sum + each, 0);

  beforeEach(() => {
    scrypt.mockClear();
  });

  it("proves the user name", async () => {
    const hash = await hashPassword(request.password);
    scrypt.mockClear();
    const identity = { scheme: "password", id: "alice" };
    expect(await verify(hash)).toEqual({ ok: true, identity, claims: {}, attributes: {} });
    expect(work()).toEqual([fullWork]);
  });

  it("spends on an unknown user and on an unreadable hash exactly what a wrong password costs", async () => {
    const hash = await hashPassword(newPassword());
    const calls: unknown[] = [];
    for (const material of [hash, undefined, "", "$2b$10$something", `${hash}=`, hash.replace("ln=14", "ln=31")]) {
      scrypt.mockClear();
      expect(await verify(material)).toMatchObject({ ok: false, reason: "bad_password" });
      calls.push(scrypt.mock.calls.map(([password, , length, options]) => [password, length, options]));
    }
    expect(calls[0]).toEqual([[request.password, 32, expect.objectContaining(full)]]);
    for (const other of calls.slice(1)) expect(other).toEqual(calls[0]);
  });

  it.each([
    ["Mosquitto's PBKDF2", pbkdf2Hash],
    ["Mosquitto's SHA-512", sha512Hash],
    ["scrypt with a 16th of the cost", (password: string) => hashPassword(password, cheap)],
    ["scrypt with half the cost", (password: string) => hashPassword(password, { ln: 13, r: 8, p: 1 })],
    ["scrypt with other parameters", (password: string) => hashPassword(password, { ln: 10, r: 16, p: 2 })],
  ])("makes up the difference for a wrong password against %s", async (_, hashOf) => {
    const hash = await hashOf(newPassword());
    scrypt.mockClear();
    expect(await verify(hash)).toMatchObject({ ok: false, reason: "bad_password" });
    expect(total()).toBe(fullWork);
  });

  it("does not add to a hash that costs more", async () => {
    const hash = await hashPassword(newPassword(), { ln: 15, r: 8, p: 1 });
    scrypt.mockClear();
    await verify(hash);
    expect(total()).toBe(2 * fullWork);
  });

  describe("while a previous password counts", () => {
    const identity = { scheme: "password", id: "alice" };

    it("tries the current one first and spends nothing on the other", async () => {
      const [hash, previous] = [await hashPassword(request.password), await hashPassword(newPassword())];
      scrypt.mockClear();
      expect(await verify(hash, request, previous)).toEqual({ ok: true, identity, claims: {}, attributes: {} });
      expect(work()).toEqual([fullWork]);
      // Both right: it is the current one.
      expect(await verify(hash, request, await hashPassword(request.password))).not.toHaveProperty("byPrevious");
    });

    it("takes the previous one too, and says so", async () => {
      const [hash, previous] = [await hashPassword(newPassword()), await hashPassword(request.password)];
      const proof = { ok: true, identity, claims: {}, attributes: {}, byPrevious: true };
      expect(await verify(hash, request, previous)).toEqual(proof);
      expect(await verify(await pbkdf2Hash(newPassword()), request, await sha512Hash(request.password))).toEqual(proof);
    });

    it("refuses what is neither, at the cost of both", async () => {
      const [hash, previous] = [await hashPassword(newPassword()), await hashPassword(newPassword(), cheap)];
      scrypt.mockClear();
      expect(await verify(hash, request, previous)).toEqual({
        ok: false,
        reason: "bad_password",
        detail: "neither the password nor the one before it",
        hints: [],
      });
      expect(total()).toBeGreaterThan(fullWork);
    });

    it("takes none that cannot be read, and costs no less then", async () => {
      const hash = await hashPassword(newPassword());
      scrypt.mockClear();
      expect(await verify(hash, request, "$2b$10$something")).toMatchObject({ detail: "wrong password" });
      expect(work()).toEqual([fullWork]);
    });

    it("an unknown user costs what one without a previous password costs", async () => {
      const hash = await hashPassword(newPassword());
      scrypt.mockClear();
      await verify(hash);
      const known = total();
      scrypt.mockClear();
      await verify(undefined);
      expect(total()).toBe(known);
    });
  });

  it("tells the operator, and only the operator, which it was", async () => {
    const refusals = [await verify(await hashPassword(newPassword())), await verify(undefined), await verify("$1$x$y")];
    const details = refusals.map((refusal) => {
      if (refusal.ok) throw new Error("allowed");
      const { detail, ...rest } = refusal;
      expect(rest).toEqual({ ok: false, reason: "bad_password", hints: [] });
      return detail;
    });
    expect(details).toMatchInlineSnapshot(`
      [
        "wrong password",
        "no device of this name has a password",
        "the stored hash cannot be read: unknown form or parameters out of bounds",
      ]
    `);
  });

  it("names a terminator that was sent along, without looking at the hash", async () => {
    const password = `${request.password}\0`;
    const hash = await hashPassword(request.password);
    scrypt.mockClear();
    const refusal = await verify(hash, { ...request, password });
    expect(refusal).toMatchObject({ reason: "bad_password", detail: expect.stringContaining("NUL") });
    expect(scrypt).not.toHaveBeenCalled();
  });

  it("refuses when scrypt fails, with its code and nothing else", async () => {
    scrypt.mockImplementationOnce(((...args: unknown[]) => {
      const error = Object.assign(new Error(`failed for ${request.password}`), { code: "ERR_NO_MEMORY" });
      (args.at(-1) as (error: Error) => void)(error);
    }) as typeof crypto.scrypt);
    const refusal = await verify(undefined);
    expect(refusal).toMatchObject({
      ok: false,
      reason: "internal_error",
      detail: expect.stringMatching(/ERR_NO_MEMORY$/),
    });
    expect(JSON.stringify(refusal)).not.toContain(request.password);
  });
});
