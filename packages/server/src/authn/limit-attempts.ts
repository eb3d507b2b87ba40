import { availableParallelism } from "node:os";
import type { Claim, ConnectRequest, KeyMaterial, Verification } from "@connack/credentials";
import { FairQueue, type Place } from "./fair-queue.ts";
import { type AnswerKeys, KnownAnswers, type KnownAnswersOptions } from "./known-answers.ts";
import { peerNetwork } from "./peer-network.ts";

export interface AttemptLimiterOptions extends KnownAnswersOptions {
  /** Checks at the same time. Default: one core and one thread of libuv's pool stay free. */
  concurrency?: number;
  /** Checks that wait for one user name at one address (default 64), and in all (default 4096). */
  maxWaitingPerName?: number;
  maxWaiting?: number;
  /** Milliseconds a check may wait (default 4000: EMQX gives up after 5 s). Noticed when a check arrives or ends. */
  maxWaitMs?: number;
  nowMs?(): number;
}

/** Numbers since the start, but for `waiting` and `running`. */
export interface AttemptCounters {
  waiting: number;
  running: number;
  /** Checks begun. */
  checked: number;
  /** Checks refused with `too_many_attempts`. */
  dropped: number;
  /** Answers without a check: known to be right, known to be wrong, shared with the same credential under way. */
  provenHits: number;
  wrongHits: number;
  sharedHits: number;
}

/** How a credential gets from its material to its proof: at once, or past the limiter. */
export type AttemptLane = (
  request: ConnectRequest,
  material: KeyMaterial,
  verify: () => Verification | Promise<Verification>,
) => Verification | Promise<Verification>;

export interface AttemptLimiter {
  /** The limiter for claims that are expensive to check, which is passwords; the direct way for all others. */
  laneFor(claim: Claim): AttemptLane;
  /**
   * Answers from memory, or makes the check when it is its turn. `verify` may depend on user name, password and hashes
   * only, since others with the same get its answer too; answers are frozen. Rejects only if `verify` does.
   */
  check(
    request: ConnectRequest,
    hash: string | undefined,
    verify: () => Verification | Promise<Verification>,
    previous?: string,
  ): Promise<Verification>;
  counters(): AttemptCounters;
  /** Forgets all answers and refuses what waits. Checks that run are finished. */
  clear(): void;
}

interface Attempt {
  keys: AnswerKeys;
  verify: () => Verification | Promise<Verification>;
  answer: Promise<Verification>;
  resolve(verification: Verification): void;
  reject(error: unknown): void;
  /** Absent once it runs. */
  place?: Place<Attempt>;
}

/**
 * Step 2: limits what is expensive, and nothing else. A credential that was right before is let through without a
 * check, and one that was wrong before is refused without; so neither waits, and the queue holds only what is new. There,
 * addresses take turns, then user names, then the newest goes first: hammering a name delays the hammer, not its owner.
 * Unknown users are treated like known ones throughout.
 */
export function createAttemptLimiter(options: AttemptLimiterOptions = {}): AttemptLimiter {
  const nowMs = options.nowMs ?? (() => performance.now());
  const concurrency = options.concurrency ?? defaultConcurrency();
  const maxWaitMs = options.maxWaitMs ?? 4000;
  const answers = new KnownAnswers(options, nowMs);
  const queue = new FairQueue<Attempt>({
    maxPerName: options.maxWaitingPerName ?? 64,
    max: options.maxWaiting ?? 4096,
  });
  const underWay = new Map<string, Attempt>();
  const counts = { running: 0, checked: 0, dropped: 0, provenHits: 0, wrongHits: 0, sharedHits: 0 };

  function check(
    request: ConnectRequest,
    hash: string | undefined,
    verify: () => Verification | Promise<Verification>,
    previous?: string,
  ): Promise<Verification> {
    const keys = answers.keysOf(request, hash, previous);
    const answer = answers.find(keys);
    if (answer) {
      if (answer.ok) counts.provenHits++;
      else counts.wrongHits++;
      return Promise.resolve(answer);
    }
    const known = underWay.get(keys.both);
    if (known) counts.sharedHits++;
    const attempt = known ?? newAttempt(keys, verify);
    underWay.set(keys.both, attempt);
    if (known === undefined || known.place) enqueue(attempt, request);
    startNext();
    return attempt.answer;
  }

  /** The same credential again moves up what waits: that peer is still there. */
  function enqueue(attempt: Attempt, { peerHost = "", username }: ConnectRequest): void {
    if (attempt.place) queue.remove(attempt.place);
    attempt.place = { item: attempt, host: peerNetwork(peerHost), name: username, sinceMs: nowMs() };
    for (const pushedOut of queue.add(attempt.place)) drop(pushedOut, "newer ones took its place");
  }

  function startNext(): void {
    for (const late of queue.removeUntil(nowMs() - maxWaitMs)) drop(late, `it had waited for ${maxWaitMs} ms`);
    while (counts.running < concurrency) {
      const next = queue.take();
      if (next === undefined) return;
      void run(next.item);
    }
  }

  async function run(attempt: Attempt): Promise<void> {
    delete attempt.place;
    counts.running++;
    counts.checked++;
    try {
      const verification = freeze(await attempt.verify());
      answers.remember(attempt.keys, verification);
      attempt.resolve(verification);
    } catch (error) {
      attempt.reject(error);
    } finally {
      counts.running--;
      underWay.delete(attempt.keys.both);
      startNext();
    }
  }

  function drop(attempt: Attempt, why: string): void {
    counts.dropped++;
    underWay.delete(attempt.keys.both);
    const detail = `the password was not checked: ${why}`;
    attempt.resolve(freeze({ ok: false, reason: "too_many_attempts", detail, hints: [] }));
  }

  return {
    laneFor: (claim) =>
      claim.needs === "password hash"
        ? (request, material, verify) =>
            material.kind === "password hash"
              ? check(request, material.hash, verify, material.previous)
              : check(request, undefined, verify)
        : (_request, _material, verify) => verify(),
    check,
    counters: () => ({ waiting: queue.size, ...counts }),
    clear() {
      answers.clear();
      for (const attempt of queue.removeUntil(Number.POSITIVE_INFINITY)) drop(attempt, "the queue was cleared");
    },
  };
}

/** scrypt keeps a core busy, and a thread of libuv's pool that files and DNS need as well. */
export function defaultConcurrency(): number {
  const threads = Number(process.env.UV_THREADPOOL_SIZE) || 4;
  return Math.max(1, Math.min(availableParallelism(), threads) - 1);
}

function newAttempt(keys: AnswerKeys, verify: Attempt["verify"]): Attempt {
  let resolve: Attempt["resolve"] = () => {};
  let reject: Attempt["reject"] = () => {};
  const answer = new Promise<Verification>((onAnswer, onError) => {
    resolve = onAnswer;
    reject = onError;
  });
  return { keys, verify, answer, resolve, reject };
}

/** One answer goes to several callers. */
function freeze(verification: Verification): Verification {
  for (const part of Object.values(verification)) if (typeof part === "object") Object.freeze(part);
  return Object.freeze(verification);
}
