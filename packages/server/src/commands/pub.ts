import type { Qos } from "@connack/credentials";
import { OperationError } from "../operations/operation.ts";
import type { LentCredential } from "../operations/service-lend.ts";
import { printable } from "../terminal/wrap.ts";
import { oneQos } from "./acl-options.ts";
import { type Command, exitCodes } from "./command.ts";
import { connectGuest, type GuestConnection } from "./connect-guest.ts";
import { printJson } from "./print.ts";

export const pub: Command = {
  name: "pub",
  summary: "Publish one message at the embedded broker",
  arguments: [
    { name: "<topic>", description: "topic, without wildcards" },
    { name: "<message>", description: "the message; - reads standard input, as it is" },
  ],
  options: [
    { flags: "--qos <level>", description: "0 sends, 1 and 2 wait until the broker has it (default: 1)" },
    { flags: "--retain", description: "the broker keeps it for those who subscribe later; an empty one clears it" },
  ],
  examples: ["connack pub devices/sensor-1/led on", "connack pub devices/sensor-1/config - --retain < config.json"],
  async run(input, context) {
    const [topic = "", message = ""] = input.args;
    const qos = oneQos(input) ?? 1;
    const retain = input.options.retain === true;
    const payload = message === "-" ? await context.readStdinBytes() : Buffer.from(message);
    const lent = (await context.call("service.lend", { publish: { topic, qos, retain } })) as LentCredential;
    const connection = await connectGuest(lent);
    try {
      checkSize(connection, topic, payload);
      await Promise.race([publish(connection, topic, payload, { qos, retain }), failure(connection)]);
    } finally {
      await connection.close();
    }
    if (context.json) printJson(context, { topic, bytes: payload.length, qos, retain });
    else {
      const what = `${payload.length} bytes to ${printable(topic)}`;
      context.out(`${qos === 0 ? "sent" : "published"} ${what} (QoS ${qos}${retain ? ", retained" : ""})\n`);
    }
    return exitCodes.ok;
  },
};

/** Fixed header, topic length, packet id and properties of a PUBLISH (MQTT 5 §3.3), at most. */
const publishOverhead = 16;

function checkSize({ maxPacketBytes = Infinity }: GuestConnection, topic: string, payload: Buffer): void {
  if (Buffer.byteLength(topic) + payload.length + publishOverhead <= maxPacketBytes) return;
  throw new OperationError(
    "message_too_large",
    `the message has ${payload.length} bytes, and the broker takes packets of ${maxPacketBytes}`,
    "make it smaller, or raise brokers.embedded.maxPacketBytes",
  );
}

async function publish(
  { client }: GuestConnection,
  topic: string,
  payload: Buffer,
  options: { qos: Qos; retain: boolean },
): Promise<void> {
  try {
    await client.publishAsync(topic, payload, options);
  } catch (error) {
    throw new OperationError("not_published", `the broker refused it: ${(error as Error).message}`, "connack status");
  }
}

async function failure({ over }: GuestConnection): Promise<never> {
  throw new OperationError("connection_over", `not published: ${await over}`, "connack status");
}
