import type { AuditHealth } from "./audit-log.ts";

export interface AuditWarnings {
  /** Takes a sentence of the audit's `onProblem`. */
  note(sentence: string): void;
  /** What an operator should know of just now, one sentence or two each; empty while all is well. */
  of(health: AuditHealth): string[];
}

const hourMs = 3_600_000;
/** Opening takes a moment at each start: only when it does not end there is something to say. */
const openingMs = 60_000;
/** A file that was replaced works again within a second: without this nobody would learn that events are gone. */
const replacedPattern = /\bthe file was taken away\b|\bIt was moved to\b/;

export function createAuditWarnings(nowMs: () => number): AuditWarnings {
  let replacedAt: number | undefined;
  return {
    note(sentence) {
      if (replacedPattern.test(sentence)) replacedAt = nowMs();
    },
    of(health) {
      return [...notReady(health, nowMs()), ...replaced(replacedAt, nowMs())];
    },
  };
}

function notReady({ state, since, detail, queued, dropped }: AuditHealth, now: number): string[] {
  if (state === "ready" || (state === "starting" && now - since < openingMs)) return [];
  const counts = `events waiting to be written: ${queued}, not kept one by one: ${dropped}`;
  return [`audit ${state}: ${detail} Devices are decided all the same; ${counts}.`];
}

function replaced(at: number | undefined, now: number): string[] {
  if (at === undefined || now - at >= hourMs) return [];
  const time = new Date(at).toISOString();
  return [`the audit file was taken away or set aside at ${time}, and a new one begun: events before are not in it.`];
}
