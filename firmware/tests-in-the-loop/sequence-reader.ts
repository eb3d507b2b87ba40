import mqtt, { type MqttClient } from "mqtt";
import { waitUntil } from "./wait-until.ts";

export interface SequenceReader {
  /** Numbers that arrived, each once. */
  seen: Set<number>;
  /** How often one came again. */
  duplicates: number;
  /** Last wills of the devices. */
  wills: number;
  /** Waits until all of 1 to `count` are there; says which are not. */
  hasAll(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Somebody at the broker who reads numbered messages and last wills. */
export async function readSequence(
  port: number,
  login: { clientId?: string; username?: string; password?: string },
  topics: { messages: string; will: string },
): Promise<SequenceReader> {
  const client: MqttClient = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { ...login, reconnectPeriod: 0 });
  const reader: SequenceReader = {
    seen: new Set(),
    duplicates: 0,
    wills: 0,
    async hasAll(count) {
      const missing = () => Array.from({ length: count }, (_, at) => at + 1).filter((each) => !reader.seen.has(each));
      await waitUntil(
        () => missing().length === 0,
        () => `messages that did not arrive: ${missing()}`,
      );
    },
    close: () => client.endAsync(true),
  };
  client.on("message", (topic, payload) => {
    if (topic === topics.will) {
      if (String(payload) !== "online") reader.wills++;
      return;
    }
    const { sequence } = JSON.parse(String(payload)) as { sequence: number };
    if (reader.seen.has(sequence)) reader.duplicates++;
    reader.seen.add(sequence);
  });
  await client.subscribeAsync([topics.messages, topics.will], { qos: 1 });
  return reader;
}
