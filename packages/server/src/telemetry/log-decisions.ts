import { type ConnectRequest, type Decision, denyReasons } from "@connack/credentials";
import { looksLikeJwt } from "@connack/credentials/verify";
import type { Logger } from "./logger.ts";

export interface LoggedDecision {
  broker: string;
  decision: Decision;
  request: ConnectRequest | undefined;
  latencyMs: number;
}

/** Lines per second, for each of the two results, before the log says only how many it left out. */
const linesPerSecond = 50;

/**
 * One line per decision, with `MQTT Auth` in it, and at most fifty a second of each result, the first of each reason
 * always among them: in a storm the count is what matters. Of what the peer sent only client id and address are
 * logged, never user name or password, and no client id that is a token by mistake.
 */
export function createLogDecisions(logger: Logger, nowMs: () => number): (event: LoggedDecision) => void {
  let second = 0;
  let lines = { allow: 0, deny: 0 };
  let reasons = new Set<string>();
  return ({ broker, decision, request, latencyMs }) => {
    const now = Math.floor(nowMs() / 1000);
    if (now !== second) {
      const left = {
        allowed: Math.max(0, lines.allow - linesPerSecond),
        denied: Math.max(0, lines.deny - linesPerSecond),
      };
      if (left.allowed + left.denied > 0)
        logger.warn(left, "MQTT Auth: more decisions than lines; about these were left out");
      second = now;
      lines = { allow: 0, deny: 0 };
      reasons = new Set();
    }
    const isNews = decision.result === "deny" && !reasons.has(decision.reason);
    if (decision.result === "deny") reasons.add(decision.reason);
    if (++lines[decision.result] > linesPerSecond && !isNews) return;
    const fields = { broker, ...peer(request), ...about(decision), latencyMs: Math.round(latencyMs * 1000) / 1000 };
    if (decision.result === "allow") logger.info(fields, "MQTT Auth: allowed");
    else logger.warn(fields, `MQTT Auth: denied: ${denyReasons[decision.reason].sentence}`);
  };
}

function peer(request: ConnectRequest | undefined) {
  if (!request) return {};
  const { clientId, peerHost } = request;
  return { clientId: loggableClientId(clientId), ...(peerHost !== undefined && { peerHost }) };
}

/** A client id as it may stand in a log: bounded, and not a token or password of ours that came in the wrong field. */
export function loggableClientId(clientId: string): string {
  if (looksLikeJwt(clientId)) return "(looks like a token)";
  return secretShape.test(clientId) ? "(looks like a password)" : clientId.slice(0, 256);
}

/** 256 bits in Base64 or base64url: a password or access token that we made, or the HMAC of a xiaozhi device. */
const secretShape = /^(?:connack_)?[A-Za-z0-9+/_-]{43}=?$/;

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
