import type { AclRuleTemplate } from "@connack/credentials";

/**
 * Bytes that a topic may have once its values are in, written as JSON. A rule that comes out longer matches nothing:
 * client ids and user names may be long, and EMQX is sent all rules with the answer to every CONNECT.
 */
export const longestTopic = 512;

/** What stands around a topic in the answer: `{"permission":"allow","action":"subscribe","topic":…,"retain":false},`. */
const frame = 80;

/** Bytes that these rules take in an answer, at most, whatever the values. */
export function answerBytes(rules: readonly AclRuleTemplate[]): number {
  return rules.reduce((sum, rule) => sum + rule.topics.reduce((bytes, topic) => bytes + bytesOf(topic, rule), 0), 0);
}

function bytesOf(topic: string, { qos }: AclRuleTemplate): number {
  const longest = topic.includes("${") ? longestTopic : jsonBytes(topic);
  return frame + longest + (qos === undefined ? 0 : jsonBytes(qos) + ',"qos":'.length);
}

/** Whether a topic is not longer than `longestTopic`. */
export function isShortTopic(topic: string): boolean {
  // JSON takes at most six bytes for one UTF-16 unit
  return topic.length * 6 + 2 <= longestTopic || jsonBytes(topic) <= longestTopic;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
