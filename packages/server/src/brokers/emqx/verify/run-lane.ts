import { setTimeout as sleep } from "node:timers/promises";
import { type Attack, broken, NotTried, type Outcome, Unproven } from "./attack.ts";
import { rightListener } from "./attacks/right-listener.ts";
import type { Lane } from "./lane.ts";
import type { LentKind, Loan } from "./loan.ts";
import type { AttackResult } from "./verify-report.ts";

/** Attacks under way at one time in one lane: most of their time is waiting. */
const atOnce = 8;
/** No attack takes longer, and none begins later, in milliseconds. */
const attackWithinMs = 25_000;
const beginWithinMs = 60_000;

interface Task {
  attack: Attack;
  kind: LentKind | undefined;
}

/**
 * Carries out all attacks on one lane, some at a time. Results stand in the order of the list. Where the first shows that it
 * is another broker, the others are not tried: what they would do there was never asked for.
 */
export async function runLane(
  lane: Lane,
  attacks: readonly Attack[],
  without: Loan["without"],
  onResult: (result: AttackResult) => void,
): Promise<AttackResult[]> {
  const first: Task = { attack: rightListener, kind: undefined };
  const proof = await Promise.race([carryOut(first, lane, () => attempt(first, lane, without)), aborted(lane.signal)]);
  if (proof === undefined || lane.signal.aborted) return [];
  onResult(proof);
  if (proof.state === "broken") return [proof];
  const tasks = attacks.filter((attack) => attack !== rightListener).flatMap((attack) => tasksOf(attack, lane));
  const results: AttackResult[] = [];
  const begun = performance.now();
  let next = 0;
  const work = async () => {
    for (let at = next++; at < tasks.length && !lane.signal.aborted; at = next++) {
      const task = tasks[at] as Task;
      const isLate = performance.now() - begun > beginWithinMs;
      const result = await carryOut(
        task,
        lane,
        isLate ? async () => tooSlow(beginWithinMs) : () => attempt(task, lane, without),
      );
      if (lane.signal.aborted) return;
      results[at] = result;
      onResult(result);
    }
  };
  // Whoever interrupts waits for nothing: what is under way is cut off when the lane is cleaned up.
  await Promise.race([Promise.all(Array.from({ length: atOnce }, work)), aborted(lane.signal)]);
  return [proof, ...results.filter((result) => result !== undefined)];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** How many results there will be. */
export function countTasks(lane: Lane, attacks: readonly Attack[]): number {
  const others = attacks.filter((attack) => attack !== rightListener);
  return others.reduce((sum, attack) => sum + tasksOf(attack, lane).length, 1);
}

function tasksOf(attack: Attack, lane: Lane): Task[] {
  if (attack.with === "once") return [{ attack, kind: undefined }];
  const kinds = attack.with === "routes" ? routesOf(lane) : attack.with;
  // An EMQX that is to check no tokens by itself has nothing to prove there.
  const meant = kinds.filter((kind) => kind !== "jwt-emqx" || lane.setting.checksTokens);
  return meant.map((kind) => ({ attack, kind }));
}

/** One kind for each place that rights come from: a profile of Connack's, or EMQX's own rules for tokens it checks. */
function routesOf({ kinds }: Lane): LentKind[] {
  const has = (kind: LentKind) => kinds.includes(kind);
  const token: LentKind = has("jwt-emqx") ? "jwt-emqx" : "jwt";
  const cheap = (["xiaozhi-hmac", token] as const).filter(has);
  return cheap.length > 0 ? cheap : ["password"];
}

async function carryOut({ attack, kind }: Task, lane: Lane, run: () => Promise<Outcome>): Promise<AttackResult> {
  const begun = performance.now();
  const { name, group, title, expected } = attack;
  const outcome = await run();
  const isWrong = outcome.state === "let through" || outcome.state === "broken";
  return {
    attack: name,
    group,
    title,
    ...(kind !== undefined && { kind }),
    listener: lane.target.name,
    mqtt: lane.version === 5 ? "5" : "3.1.1",
    expected,
    state: outcome.state,
    seen: outcome.seen,
    ...(outcome.isUnproven && { isUnproven: true }),
    ...(isWrong && { means: outcome.means ?? attack.means, fix: outcome.fix ?? attack.fix }),
    ms: Math.round(performance.now() - begun),
  };
}

async function attempt({ attack, kind }: Task, lane: Lane, without: Loan["without"]): Promise<Outcome> {
  const why = kind && without[kind];
  if (why !== undefined) return { state: "not tried", seen: why };
  const timer = new AbortController();
  try {
    const late = sleep(attackWithinMs, undefined, { signal: timer.signal }).then(() => tooSlow(attackWithinMs));
    late.catch(() => {});
    return await Promise.race([attack.run(lane, kind ?? lane.kinds[0] ?? "password"), late]);
  } catch (error) {
    if (error instanceof Unproven) return { state: "not tried", seen: error.message, isUnproven: true };
    if (error instanceof NotTried) return { state: "not tried", seen: error.message };
    if (lane.signal.aborted) return { state: "not tried", seen: "interrupted" };
    throw error;
  } finally {
    timer.abort();
  }
}

function tooSlow(ms: number): Outcome {
  return broken(`no verdict in ${ms / 1000} s`, {
    means: "The broker, or Connack, answers too slowly for a proof.",
    fix: "try again when there is less to do, or one listener at a time: --listener <name>",
  });
}
