import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { OperationError } from "../operations/operation.ts";
import { openEventStream, type StreamedEvent } from "./event-stream.ts";
import { noDataFolder } from "./no-data-folder.ts";

export interface FollowServerOptions {
  /** Data folder of the server. */
  folder: string;
  /** Members of the question, without `since`. */
  question: URLSearchParams;
  /** Unix milliseconds: what happened since then comes first. */
  since?: number;
  /** Ends it. */
  signal: AbortSignal;
  /** The server listens: from now on nothing is lost. `again`: after it had gone. */
  onOpen(again: boolean): void;
  onGone(): void;
  /** How long a server that has gone may stay away, in milliseconds; default two minutes. */
  patienceMs?: number;
  /** Time between two tries. */
  pauseMs?: number;
}

/**
 * Events of a running server as they happen. Where it goes away, what it does next is asked for from the last event on,
 * until it stays away too long. Throws `OperationError`: `not_running` where none ran, `no_answer` where it did not
 * come back, and the server's own.
 */
export async function* followServer(options: FollowServerOptions): AsyncGenerator<StreamedEvent, void, undefined> {
  const { folder, signal, onOpen, onGone, patienceMs = 120_000, pauseMs = 500 } = options;
  const seen = createSeen(options.since);
  let goneAt: number | undefined;
  while (!signal.aborted) {
    const events = await open(folder, seen.question(options.question), signal, goneAt !== undefined);
    if (events !== undefined) {
      onOpen(goneAt !== undefined);
      seen.opened();
      goneAt = undefined;
      for await (const event of events) if (seen.isNew(event)) yield event;
      if (!signal.aborted) onGone();
    }
    if (signal.aborted) return;
    if (events === undefined && goneAt === undefined)
      throw existsSync(join(folder, "instance.json")) ? notRunning() : noDataFolder(folder);
    goneAt ??= performance.now();
    if (performance.now() - goneAt >= patienceMs) throw stayedAway(patienceMs);
    await sleep(pauseMs, undefined, { signal }).catch(() => {}); // only the signal wakes it early
  }
}

function open(folder: string, question: URLSearchParams, signal: AbortSignal, again: boolean) {
  return openEventStream(folder, question, signal).catch((error: unknown) => {
    // It may listen before its audit is open.
    if (again && error instanceof OperationError && error.code === "audit_unavailable") return undefined;
    throw error;
  });
}

/**
 * Where to go on after an interruption, so that nothing comes twice: of the last millisecond before it, what has been
 * seen. Within one connection nothing comes twice by itself, and what happens twice in a millisecond has happened twice.
 */
function createSeen(since: number | undefined) {
  let at = since;
  let latest = new Set<string>();
  let before: { at: number | undefined; names: ReadonlySet<string> } = { at: undefined, names: latest };
  return {
    opened() {
      before = { at, names: latest };
      latest = new Set(latest);
      at ??= Date.now();
    },
    question(question: URLSearchParams): URLSearchParams {
      const whole = new URLSearchParams(question);
      if (at !== undefined) whole.set("since", String(at));
      return whole;
    },
    isNew(event: StreamedEvent): boolean {
      if ("missed" in event) return true;
      const { type, lastAt, deviceId, clientId, broker, result, reason, topic } = event;
      const time = Date.parse(lastAt);
      const name = JSON.stringify([type, deviceId, clientId, broker, result, reason, topic]);
      if (time === before.at && before.names.has(name)) return false;
      if (at === undefined || time > at) {
        at = time;
        latest = new Set();
      }
      if (time === at) latest.add(name);
      return true;
    },
  };
}

function notRunning(): OperationError {
  return new OperationError("not_running", "no server runs on this data folder", "connack serve starts one");
}

function stayedAway(patienceMs: number): OperationError {
  return new OperationError(
    "no_answer",
    `the server went away and did not come back within ${Math.round(patienceMs / 1000)} s`,
    "connack serve starts it",
  );
}
