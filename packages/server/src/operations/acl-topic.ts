import { isTopicFilter } from "@connack/credentials";
import { OperationError } from "./operation.ts";

export function hasWildcard(topic: string): boolean {
  return /[+#]/.test(topic);
}

/** Throws `bad_input` for what is no MQTT topic, or no filter for a subscription. */
export function checkTopic(action: "publish" | "subscribe", topic: string): void {
  if (!isTopicFilter(topic)) {
    throw new OperationError(
      "bad_input",
      `${JSON.stringify(topic)} is no MQTT topic${action === "subscribe" ? " filter" : ""}`,
      "# stands alone as the last level, + alone in its level",
    );
  }
  if (action === "publish" && hasWildcard(topic)) {
    throw new OperationError(
      "bad_input",
      `${JSON.stringify(topic)} is a filter: a message has one topic, without + and #`,
      "name one topic, or ask about subscribe",
    );
  }
}

/** What the embedded broker does with a topic whatever the rules say. */
export function topicNotes(action: "publish" | "subscribe", topic: string): string[] {
  if (!topic.startsWith("$")) return [];
  if (action === "publish") return ["The embedded broker refuses every message on a topic that begins with $."];
  if (topic.startsWith("$SYS/")) return [];
  return [
    "The embedded broker refuses every filter that begins with $, but for $SYS/: it has no shared subscriptions.",
  ];
}
