import { randomBytes, scrypt } from "node:crypto";
import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import type { Claim, ConnectRequest, Verification } from "@connack/credentials";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type AttemptLimiterOptions, createAttemptLimiter, defaultConcurrency } from "./limit-attempts.ts";

const hash = `hash ${randomBytes(8).toString("hex")}`;
const rightPassword = randomBytes(12).toString("base64");
const allowed: Verification = {
  ok: true,
  identity: { scheme: "password", id: "alice" },
  claims: {},
  attributes: {},
};
const refused: Verification = { ok: false, reason: "bad_password", detail: "wrong password", hints: [] };

let now = 0;
beforeEach(() => {
  now = 1_000_000;
});

/** The hash of an unknown user is undefined. */
interface Stored {
  hash: string | undefined;
  previous?: string;
}

/** A limiter whose checks end when the test says so, in the order in which they began. */
function controlled(options: AttemptLimiterOptions = {}) {
  const limiter = createAttemptLimiter({ concurrency: 1, nowMs: () => now, ...options });
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const answered: string[] = [];

  function attempt(name: string, from: Partial<ConnectRequest> = {}, stored: Stored = { hash }) {
    const request = { clientId: name, username: "alice", password: `wrong ${name}`, peerHost: "192.0.2.1", ...from };
    const answer = limiter.check(
      request,
      stored.hash,
      () => {
        began.push(name);
        const verification = request.password === rightPassword ? allowed : refused;
        return new Promise((resolve) => ends.push(() => resolve({ ...verification })));
      },
      stored.previous,
    );
    void answer.then((verification) => answered.push(`${name}: ${verification.ok ? "allowed" : verification.reason}`));
    return answer;
  }
  async function endOne(): Promise<void> {
    ends.shift()?.();
    await setImmediate();
  }
  async function endAll(): Promise<void> {
    while (ends.length > 0) await endOne();
  }
  return { limiter, attempt, endOne, endAll, began, answered };
}

describe("a right credential", () => {
  it("gets in although 300 wrong ones for the same name and address came before it", async () => {
    const salt = randomBytes(16);
    const derive = (password: string) =>
      new Promise<string>((resolve, reject) => {
        const done = (error: Error | null, key: Buffer) => (error ? reject(error) : resolve(key.toString("hex")));
        scrypt(password, salt, 32, { N: 1024 }, done);
      });
    const stored = await derive(rightPassword);
    const limiter = createAttemptLimiter({ concurrency: 1, nowMs: () => now });
    const order: string[] = [];
    const attempts = [...Array.from({ length: 300 }, (_, index) => `wrong ${index}`), rightPassword].map(
      async (password) => {
        const request = { clientId: "c", username: "alice", password, peerHost: "192.0.2.1" };
        const check = async () => ((await derive(password)) === stored ? allowed : refused);
        const verification = await limiter.check(request, stored, check);
        if (verification.ok || verification.reason === "bad_password") order.push(password);
        return verification;
      },
    );
    const verifications = await Promise.all(attempts);
    expect(verifications.at(-1)).toMatchObject({ ok: true });
    expect(verifications.filter(({ ok }) => ok)).toHaveLength(1);
    // The check that ran when it came was finished first, and then it was its turn.
    expect(order.indexOf(rightPassword)).toBe(1);
    expect(limiter.counters()).toMatchObject({ checked: 1 + 64, dropped: 301 - 65, waiting: 0, running: 0 });
  });

  it("gets in without a check when it was right before, while everything is occupied", async () => {
    const { limiter, attempt, endAll, began, answered } = controlled();
    const first = attempt("device", { password: rightPassword });
    await endAll();
    for (let index = 0; index < 200; index++) void attempt(`hammer ${index}`);
    expect(await attempt("device again", { password: rightPassword, peerHost: "203.0.113.9" })).toBe(await first);
    expect(answered.filter((line) => line.endsWith("allowed"))).toEqual(["device: allowed", "device again: allowed"]);
    expect(began).toEqual(["device", "hammer 0"]);
    expect(limiter.counters()).toMatchObject({ running: 1, provenHits: 1 });
  });

  it("is remembered for ten minutes after its last use", async () => {
    const { attempt, endAll, began } = controlled();
    const use = async (name: string) => {
      const answer = attempt(name, { password: rightPassword });
      await endAll();
      expect(await answer).toMatchObject({ ok: true });
    };
    await use("first");
    now += 599_999;
    await use("known");
    now += 599_999;
    await use("still known");
    now += 600_000;
    await use("checked again");
    expect(began).toEqual(["first", "checked again"]);
  });

  it("is checked again when the stored hash is another, or gone", async () => {
    const { attempt, endAll, began } = controlled();
    for (const itsHash of [hash, `${hash}2`, undefined, "null", hash]) {
      void attempt(`with ${itsHash}`, { password: rightPassword }, { hash: itsHash });
      await endAll();
    }
    expect(began).toEqual([`with ${hash}`, `with ${hash}2`, "with undefined", "with null"]);
  });

  it("is not pushed out of memory by wrong ones", async () => {
    const { attempt, endAll, began } = controlled({ maxWrong: 4, maxProven: 4 });
    void attempt("device", { password: rightPassword });
    await endAll();
    for (let index = 0; index < 50; index++) {
      void attempt(`hammer ${index}`);
      await endAll();
    }
    expect(await attempt("again", { password: rightPassword })).toMatchObject({ ok: true });
    expect(began).toHaveLength(51);
  });
});

describe("while a previous password counts", () => {
  const oldHash = `hash ${randomBytes(8).toString("hex")}`;
  const newHash = `hash ${randomBytes(8).toString("hex")}`;
  const oldPassword = randomBytes(12).toString("base64");
  const newPassword = randomBytes(12).toString("base64");
  const rotated = { hash: newHash, previous: oldHash };

  /** A limiter over a check that knows both passwords, and how often it was made. */
  function checked() {
    const limiter = createAttemptLimiter({ concurrency: 1, nowMs: () => now });
    const checks: string[] = [];
    const right = new Map([
      [oldHash, oldPassword],
      [newHash, newPassword],
    ]);
    const attempt = (password: string, stored: { hash: string; previous?: string }) => {
      const verify = async (): Promise<Verification> => {
        checks.push(password);
        if (right.get(stored.hash) === password) return { ...allowed };
        const isPrevious = stored.previous !== undefined && right.get(stored.previous) === password;
        return isPrevious ? ({ ...allowed, byPrevious: true } as Verification) : { ...refused };
      };
      return limiter.check({ clientId: "c", username: "alice", password }, stored.hash, verify, stored.previous);
    };
    return { limiter, attempt, checks };
  }

  it("who was right with the former hash goes on without a check", async () => {
    const { attempt, checks } = checked();
    expect(await attempt(oldPassword, { hash: oldHash })).toEqual(allowed);
    expect(await attempt(oldPassword, rotated)).toEqual({ ...allowed, byPrevious: true });
    expect(checks).toEqual([oldPassword]);
  });

  it("who was right with the new one goes on when the former one has ended", async () => {
    const { attempt, checks } = checked();
    expect(await attempt(newPassword, rotated)).toEqual(allowed);
    expect(await attempt(newPassword, { hash: newHash })).toEqual(allowed);
    expect(checks).toEqual([newPassword]);
  });

  it("the former one is checked once while it counts, and not remembered as right beyond that", async () => {
    const { attempt, checks, limiter } = checked();
    for (let index = 0; index < 3; index++) {
      expect(await attempt(oldPassword, rotated)).toEqual({ ...allowed, byPrevious: true });
    }
    expect(checks).toEqual([oldPassword]);
    expect(await attempt(oldPassword, { hash: newHash })).toEqual(refused);
    expect(checks).toEqual([oldPassword, oldPassword]);
    expect(limiter.counters()).toMatchObject({ provenHits: 2, wrongHits: 0 });
    // Were that hash the current one again, it would be right, and nobody's former one.
    expect(await attempt(oldPassword, { hash: oldHash })).toEqual(allowed);
  });

  it("what was wrong before the rotation is checked against the new hash", async () => {
    const { attempt, checks } = checked();
    expect(await attempt(newPassword, { hash: oldHash })).toEqual(refused);
    expect(await attempt(newPassword, rotated)).toEqual(allowed);
    expect(checks).toEqual([newPassword, newPassword]);
  });

  it("what is wrong for both costs one check, and another when there is one hash only", async () => {
    const { attempt, checks } = checked();
    for (const stored of [rotated, rotated, { hash: newHash }, { hash: newHash }, rotated]) {
      expect(await attempt("wrong", stored)).toMatchObject({ reason: "bad_password" });
    }
    expect(checks).toEqual(["wrong", "wrong"]);
  });

  it("the same credential under way is shared with who has the same two hashes", async () => {
    const { attempt, began, endAll } = controlled();
    void attempt("first", { password: "same" }, rotated);
    void attempt("shared", { password: "same" }, rotated);
    void attempt("alone", { password: "same" }, { hash: newHash });
    await endAll();
    expect(began).toEqual(["first", "alone"]);
  });

  it("comes through the lane with the material", async () => {
    const limiter = createAttemptLimiter();
    const lane = limiter.laneFor({ scheme: "password", identity: "alice", needs: "password hash" });
    const login = { clientId: "c", username: "alice", password: oldPassword };
    const before = { kind: "password hash", hash: oldHash } as const;
    const after = { kind: "password hash", ...rotated } as const;
    expect(await lane(login, before, () => ({ ...allowed }))).toEqual(allowed);
    expect(await lane(login, after, () => expect.fail("it is known"))).toEqual({ ...allowed, byPrevious: true });
  });

  it("hands out answers that nobody can change", async () => {
    const { attempt } = checked();
    await attempt(oldPassword, rotated);
    expect(Object.isFrozen(await attempt(oldPassword, rotated))).toBe(true);
  });
});

describe("a wrong credential", () => {
  it("costs one check, however often it comes at once and however many ask", async () => {
    const { limiter, attempt, endAll, began } = controlled();
    const answers = Array.from({ length: 50 }, (_, index) =>
      attempt(`${index}`, { password: "same", clientId: `client ${index}`, peerHost: `192.0.2.${index}` }),
    );
    await endAll();
    for (const answer of answers) expect(await answer).toMatchObject({ reason: "bad_password" });
    expect(began).toEqual(["0"]);
    expect(limiter.counters()).toMatchObject({ checked: 1, sharedHits: 49, dropped: 0 });
  });

  it.each([
    ["a known user", { hash }],
    ["an unknown user", { hash: undefined }],
  ])(
    "that keeps coming is refused without another check, for %s; ten minutes after the last time it is new",
    async (_, stored) => {
      const { limiter, attempt, endAll, began } = controlled();
      const wrong = { password: "same" };
      void attempt("first", wrong, stored);
      await endAll();
      for (let times = 0; times < 3; times++) {
        now += 599_999;
        expect(await attempt("again", wrong, stored)).toMatchObject({
          ok: false,
          reason: "bad_password",
          detail: expect.stringContaining("not checked again"),
        });
      }
      now += 600_000;
      void attempt("later", wrong, stored);
      await endAll();
      expect(began).toEqual(["first", "later"]);
      expect(limiter.counters()).toMatchObject({ wrongHits: 3, checked: 2 });
    },
  );

  it("is known by user name, password and hash, with the borders between them", async () => {
    const { attempt, endAll, began } = controlled();
    const triples: [string, string, string | undefined][] = [
      ["ab", "c", hash],
      ["a", "bc", hash],
      ["a", "b", `c${hash}`],
      ['a","b', "c", hash],
      ["a", 'b","c', hash],
      ["a", "b", undefined],
      ["a", "b", ""],
      ["a", "b", "null"],
    ];
    for (const [username, password, itsHash] of triples) {
      void attempt(JSON.stringify([username, password, itsHash]), { username, password }, { hash: itsHash });
      await endAll();
    }
    expect(began).toHaveLength(triples.length);
  });

  it("leaves room for the next when many are remembered", async () => {
    const { attempt, endAll, began } = controlled({ maxWrong: 2 });
    for (const name of ["a", "b", "c", "c", "b", "a"]) {
      void attempt(name, { password: name });
      await endAll();
    }
    expect(began).toEqual(["a", "b", "c", "a"]);
  });

  it("is not remembered when the refusal was not about the password", async () => {
    const limiter = createAttemptLimiter({ nowMs: () => now });
    let checks = 0;
    const failing = (): Verification => {
      checks++;
      return { ok: false, reason: "internal_error", detail: "out of memory", hints: [] };
    };
    const request = { clientId: "c", username: "u", password: "p" };
    await limiter.check(request, hash, failing);
    await limiter.check(request, hash, failing);
    expect(checks).toBe(2);
  });
});

describe("the queue", () => {
  it("gives each address its turn, then each name, newest first", async () => {
    const { attempt, endAll, began } = controlled();
    void attempt("running");
    for (const name of ["a1", "a2", "a3"]) void attempt(name, { username: "alice", peerHost: "2001:db8::1" });
    void attempt("b1", { username: "bob", peerHost: "2001:db8::2" });
    void attempt("c1", { username: "carol", peerHost: "2001:db8:0:1::1" });
    await endAll();
    expect(began).toEqual(["running", "a3", "c1", "b1", "a2", "a1"]);
  });

  it("keeps 64 for one name at one address, and drops the oldest beyond", async () => {
    const { limiter, attempt, answered } = controlled();
    for (let index = 0; index <= 66; index++) void attempt(`${index}`);
    await setImmediate();
    expect(answered).toEqual(["1: too_many_attempts", "2: too_many_attempts"]);
    expect(limiter.counters()).toMatchObject({ waiting: 64, running: 1, dropped: 2 });
  });

  it("keeps 4096 in all, and drops from the address that sent the most", async () => {
    const { limiter, attempt, answered } = controlled();
    for (let index = 0; index < 5000; index++) void attempt(`flood ${index}`, { username: `user ${index}` });
    void attempt("quiet", { username: "me", peerHost: "192.0.2.2" });
    await setImmediate();
    expect(limiter.counters()).toMatchObject({ waiting: 4096, dropped: 5001 - 4097 });
    expect(answered).toHaveLength(5001 - 4097);
    expect(answered.every((line) => line.startsWith("flood"))).toBe(true);
  });

  it("drops what has waited for four seconds", async () => {
    const { attempt, endOne, endAll, began, answered } = controlled();
    void attempt("running");
    void attempt("late");
    now += 1;
    void attempt("in time");
    now += 3999;
    await endOne();
    await endAll();
    expect(answered).toEqual(["running: bad_password", "late: too_many_attempts", "in time: bad_password"]);
    expect(began).not.toContain("late");
  });

  it("checks what was dropped when it comes again", async () => {
    const { attempt, endAll, began, answered } = controlled({ maxWaitingPerName: 1 });
    void attempt("running");
    void attempt("dropped", { password: rightPassword });
    void attempt("newer");
    await setImmediate();
    expect(answered).toEqual(["dropped: too_many_attempts"]);
    void attempt("again", { password: rightPassword });
    await endAll();
    expect(began).toEqual(["running", "again"]);
    expect(answered).toContain("again: allowed");
  });

  it("moves up what comes again, since that peer is still there", async () => {
    const { attempt, endAll, began, answered } = controlled();
    void attempt("running");
    void attempt("resent", { password: "p" });
    void attempt("newer");
    now += 3000;
    void attempt("resent, again", { password: "p" });
    now += 3000;
    await endAll();
    expect(began).toEqual(["running", "resent"]);
    expect(answered).toContain("resent, again: bad_password");
    expect(answered).toContain("newer: too_many_attempts");
  });

  it("never runs more at a time than it may, and all of it in the end", async () => {
    const limiter = createAttemptLimiter({ concurrency: 3, nowMs: () => now, maxWaitingPerName: 1000 });
    let running = 0;
    let most = 0;
    const check = async () => {
      most = Math.max(most, ++running);
      await setImmediate();
      running--;
      return { ...refused };
    };
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        limiter.check({ clientId: "c", username: `user ${index % 7}`, password: `p${index}` }, hash, check),
      ),
    );
    expect(most).toBe(3);
    expect(limiter.counters()).toMatchObject({ checked: 200, dropped: 0, waiting: 0, running: 0 });
  });

  it("goes on after a check that failed, tells all who shared it, and does not remember it", async () => {
    const limiter = createAttemptLimiter({ concurrency: 1, nowMs: () => now });
    const request = { clientId: "c", username: "u", password: "p" };
    const failing = () => {
      throw new Error("broken");
    };
    const outcomes = await Promise.allSettled([
      limiter.check(request, hash, failing),
      limiter.check(request, hash, failing),
      limiter.check({ ...request, password: "q" }, hash, async () => ({ ...allowed })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    expect(await limiter.check(request, hash, () => ({ ...allowed }))).toMatchObject({ ok: true });
  });
});

describe("the limiter", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it("leaves one core, and one thread of libuv's pool, to others", () => {
    expect(defaultConcurrency()).toBe(Math.max(1, Math.min(availableParallelism(), 4) - 1));
    for (const threads of ["1", "0", "many"]) {
      vi.stubEnv("UV_THREADPOOL_SIZE", threads);
      expect(defaultConcurrency()).toBeGreaterThanOrEqual(1);
    }
    vi.stubEnv("UV_THREADPOOL_SIZE", "2");
    expect(defaultConcurrency()).toBe(1);
  });

  it("has no timer, also while checks wait", () => {
    vi.useFakeTimers();
    const { attempt } = controlled();
    for (let index = 0; index < 10; index++) void attempt(`${index}`);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("clears: nothing waits, nothing is remembered", async () => {
    const { limiter, attempt, endAll, began, answered } = controlled();
    void attempt("device", { password: rightPassword });
    void attempt("wrong", { password: "same" });
    await endAll();
    void attempt("running");
    void attempt("waiting");
    limiter.clear();
    await setImmediate();
    expect(answered.at(-1)).toBe("waiting: too_many_attempts");
    await endAll();
    void attempt("device again", { password: rightPassword });
    void attempt("wrong again", { password: "same" });
    await endAll();
    expect(began).toEqual(["device", "wrong", "running", "device again", "wrong again"]);
    expect(limiter.counters()).toMatchObject({ waiting: 0, running: 0 });
  });

  it("gives answers nobody can change for others", async () => {
    const { attempt, endAll } = controlled();
    const first = attempt("first", { password: rightPassword });
    await endAll();
    const verification = await first;
    if (!verification.ok) throw new Error("refused");
    expect(() => Object.assign(verification.attributes, { admin: "true" })).toThrow(TypeError);
    expect(() => Object.assign(verification.identity, { id: "root" })).toThrow(TypeError);
  });

  it("has a lane for passwords only: all other claims go straight to their scheme", async () => {
    const { limiter } = controlled();
    const request = { clientId: "c", username: "alice", password: "p" };
    const claim = (needs: Claim["needs"]): Claim => ({ scheme: "password", identity: "alice", needs });
    const nothing = { kind: "nothing" as const };
    expect(limiter.laneFor(claim("key ring"))(request, { kind: "key ring", keys: [] }, () => refused)).toBe(refused);
    expect(limiter.laneFor(claim("nothing"))(request, nothing, () => refused)).toBe(refused);
    expect(limiter.counters()).toMatchObject({ checked: 0 });

    const lane = limiter.laneFor(claim("password hash"));
    await lane(request, { kind: "password hash", hash }, () => ({ ...refused }));
    await lane(request, { kind: "password hash", hash }, () => ({ ...refused }));
    await lane(request, { kind: "password hash", hash: undefined }, () => ({ ...refused }));
    expect(limiter.counters()).toMatchObject({ checked: 2, wrongHits: 1 });
  });
});
