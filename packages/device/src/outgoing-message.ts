import type { Message } from "./device-options.ts";
import type { OutgoingMessage } from "./publish-queue.ts";

const encoder = new TextEncoder();

/** Throws RangeError for what no broker takes: MQTT 3.1.1 §3.3.2.1 and §4.7.3, QoS 2. */
export function outgoingMessage({ topic, payload, qos = 1, retain = false }: Message): OutgoingMessage {
  if (topic === "" || /[+#\0]/.test(topic) || encoder.encode(topic).length > 65_535) {
    throw new RangeError("a topic to publish to has 1 to 65535 bytes, without + # and NUL");
  }
  if (qos !== 0 && qos !== 1) throw new RangeError("qos has to be 0 or 1");
  return { topic, payload: typeof payload === "string" ? encoder.encode(payload) : payload, qos, retain };
}
