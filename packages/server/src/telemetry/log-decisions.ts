import { type ConnectRequest, type Decision, denyReasons } from "@connack/credentials";
import type { Logger } from "./logger.ts";

export interface LoggedDecision {
  broker: string;
  decision: Decision;
  request: ConnectRequest | undefined;
  latencyMs: number;
}

/** Lines per second before the log says only how many it left out. */
const linesPerSecond = 50;

/**
 * One line per decision, with `MQTT Auth` in it, and at most fifty a second: in a storm the count is what matters.
 * Refusals are warnings. Of what the peer sent only client id and address are logged, never user name or password.
 */
export function createLogDecisions(logger: Logger, nowMs: () => number): (event: LoggedDecision) => void {
  let second = 0;
  let lines = 0;
  let left = { allowed: 0, denied: 0 };
  return ({ broker, decision, request, latencyMs }) => {
    const now = Math.floor(nowMs() / 1000);
    if (now !== second) {
      if (left.allowed + left.denied > 0)
        logger.warn(left, "MQTT Auth: more decisions than lines; these were left out");
      second = now;
      lines = 0;
      left = { allowed: 0, denied: 0 };
    }
    if (++lines > linesPerSecond) {
      left[decision.result === "allow" ? "allowed" : "denied"]++;
      return;
    }
    const fields = { broker, ...peer(request), ...about(decision), latencyMs: Math.round(latencyMs * 1000) / 1000 };
    if (decision.result === "allow") logger.info(fields, "MQTT Auth: allowed");
    else logger.warn(fields, `MQTT Auth: denied: ${denyReasons[decision.reason].sentence}`);
  };
}

function peer(request: ConnectRequest | undefined) {
  return (
    request && {
      clientId: request.clientId.slice(0, 256),
      ...(request.peerHost !== undefined && { peerHost: request.peerHost }),
    }
  );
}

function about(decision: Decision) {
  const { result, scheme, deviceId } = decision;
  if (decision.result === "allow") return { result, deviceId, scheme, keyId: decision.keyId };
  const { reason, detail } = decision;
  return {
    result,
    reason,
    detail,
    deviceId,
    scheme,
    hints: decision.hints.map((hint) => hint.text),
    fix: denyReasons[reason].fix,
  };
}
