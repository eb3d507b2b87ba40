import type { Message } from "./device-options.ts";
import type { OutgoingMessage } from "./publish-queue.ts";

const encoder = new TextEncoder();

/**
 * A message as it waits: with bytes of its own, whatever the program does with the array it gave.
 * Throws RangeError for what no broker takes: MQTT 3.1.1 §3.3.2.1 and §4.7.3, QoS 2; TypeError for what is no message.
 */
export function outgoingMessage({ topic, payload, qos = 1, retain = false }: Message): OutgoingMessage {
  if (typeof topic !== "string") throw new TypeError("a topic has to be a string");
  if (topic === "" || /[+#\0]/.test(topic) || encoder.encode(topic).length > 65_535) {
    throw new RangeError("a topic to publish to has 1 to 65535 bytes, without + # and NUL");
  }
  if (qos !== 0 && qos !== 1) throw new RangeError("qos has to be 0 or 1");
  return { topic, payload: bytesOf(payload), qos, retain: Boolean(retain) };
}

function bytesOf(payload: unknown): Uint8Array {
  if (typeof payload === "string") return encoder.encode(payload);
  if (payload instanceof Uint8Array) return new Uint8Array(payload);
  throw new TypeError("a payload has to be a string or a Uint8Array");
}
