import type { AuditType, NewAuditEvent } from "../audit/audit-event.ts";
import type { Logger } from "./logger.ts";

export interface LoggedBrokerEvents {
  broker: string;
  events: readonly NewAuditEvent[];
  problem?: { reason: string; detail: string };
}

/** Lines per second before the log says only how many it left out. */
const linesPerSecond = 20;

/**
 * Of what a broker told, warnings about what was denied and what could not be read, at most twenty a second; the rest
 * is for debugging.
 */
export function createLogBrokerEvents(logger: Logger, nowMs: () => number): (told: LoggedBrokerEvents) => void {
  let second = 0;
  let lines = 0;
  function warn(fields: object, message: string): void {
    const now = Math.floor(nowMs() / 1000);
    if (now !== second) {
      const left = lines - linesPerSecond;
      if (left > 0) logger.warn({ left }, "more events of brokers than lines; these were left out");
      second = now;
      lines = 0;
    }
    if (++lines <= linesPerSecond) logger.warn(fields, message);
  }
  return ({ broker, events, problem }) => {
    for (const event of events) {
      const { type, at: _, broker: __, ...fields } = event;
      const sentence = sentences[type];
      if (sentence !== undefined) warn({ broker, ...fields }, `${broker}: ${sentence}`);
      else logger.debug({ broker, ...fields }, `${broker}: ${type}`);
    }
    if (problem) warn({ broker, ...problem }, `${broker}: it told what cannot be read, or was not let in`);
  };
}

const sentences: Partial<Record<AuditType, string>> = {
  publish_denied: "it denied a publish",
  subscribe_denied: "it denied a subscription",
  connack: "it refused a CONNECT",
  guard: "it let somebody in without asking anybody",
};
