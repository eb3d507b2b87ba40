import type { BrokerTarget } from "./broker-target.ts";
import { explainNetworkError, type Obstacle } from "./explain-network-error.ts";

/** Why a broker whose port was reached gave no CONNACK. */
export function explainNoConnack(error: unknown, target: BrokerTarget): Obstacle {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const said = String(message ?? error);
  const found = explanations.find(([words]) => words.test(said));
  if (typeof code !== "string" && found) return found[1](target, said);
  return explainNetworkError(error, target);
}

const explanations: readonly [RegExp, (target: BrokerTarget, said: string) => Obstacle][] = [
  [
    /no answer to CONNECT|connack timeout/i,
    ({ timeoutSeconds, isTls, isWebSocket }) => ({
      sentence: `The port is open, and no CONNACK came within ${timeoutSeconds} s.`,
      next: `is it a port for MQTT${isTls ? "" : ", and one without TLS"}${isWebSocket ? " over WebSocket" : ""}? A broker whose authentication server hangs is silent, too: see its log`,
    }),
  ],
  [
    /closed before an answer|before an answer to CONNECT/,
    ({ protocolVersion, isTls }) => ({
      sentence: "The broker closed the connection instead of an answer to CONNECT.",
      next: `its log says why: a packet that is too large, a limit or ban${isTls ? "" : ", a port that wants TLS (mqtts://)"}, or no MQTT ${protocolVersion === 5 ? "5: try --mqtt 3.1.1" : "3.1.1: try --mqtt 5"}`,
    }),
  ],
  [
    /header flag|Invalid|Unknown|Cannot parse|malformed|packet|parse/i,
    ({ shown }) => ({
      sentence: `What answers at ${shown} does not speak MQTT.`,
      next: "correct the port of the URL; MQTT is usually on 1883, with TLS on 8883",
    }),
  ],
];
