import type { Persistence } from "./aedes-internals.ts";

/**
 * aedes finds `#` among the persistent sessions for every topic but `$SYS/…`, where MQTT says for none that begins with
 * `$` [MQTT-4.7.2-1]. What was denied goes to such a topic: a device without any right could fill the queue of a
 * backend that is away, up to its limit, and the messages that the backend waits for would not be kept.
 */
export function keepBrokerTopicsOutOfQueues(persistence: Persistence): void {
  const find = persistence.subscriptionsByTopic.bind(persistence);
  persistence.subscriptionsByTopic = async (topic) => (topic.startsWith("$") ? [] : find(topic));
}
