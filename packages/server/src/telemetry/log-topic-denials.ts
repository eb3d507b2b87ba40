import { denyReasons, type TopicDecision, type TopicQuestion } from "@connack/credentials";
import { loggableClientId } from "./log-decisions.ts";
import type { Logger } from "./logger.ts";

export interface LoggedTopicDenial {
  broker: string;
  decision: Extract<TopicDecision, { result: "deny" }>;
  question: TopicQuestion | undefined;
}

/** Lines per second before the log says only how many it left out: one device may ask a thousand times. */
const linesPerSecond = 20;
const longestTopic = 256;

/** One warning for each topic that a broker asked about and that was denied: the client learns at most that it was. */
export function createLogTopicDenials(logger: Logger, nowMs: () => number): (denial: LoggedTopicDenial) => void {
  let second = 0;
  let lines = 0;
  return ({ broker, decision, question }) => {
    const now = Math.floor(nowMs() / 1000);
    if (now !== second) {
      const left = lines - linesPerSecond;
      if (left > 0) logger.warn({ left }, "more denied topics than lines; these were left out");
      second = now;
      lines = 0;
    }
    if (++lines > linesPerSecond) return;
    const { reason, detail, deviceId } = decision;
    const { sentence, fix } = denyReasons[reason];
    logger.warn({ broker, deviceId, reason, detail, ...about(question), fix }, `${broker}: ${sentence}`);
  };
}

function about(question: TopicQuestion | undefined): object {
  if (!question) return {};
  const { clientId, request } = question;
  return { clientId: loggableClientId(clientId), ...request, topic: request.topic.slice(0, longestTopic) };
}
