import { isUtf8 } from "node:buffer";
import type { Qos } from "@connack/credentials";
import { OperationError } from "../operations/operation.ts";
import type { LentCredential } from "../operations/service-lend.ts";
import { printable } from "../terminal/wrap.ts";
import { oneQos } from "./acl-options.ts";
import {
  type Command,
  type CommandContext,
  type CommandInput,
  type ExitCode,
  exitCodes,
  UsageError,
} from "./command.ts";
import { connectGuest, type GuestConnection } from "./connect-guest.ts";
import type { MqttJsMessage } from "./mqtt-js.ts";
import { wholeNumber } from "./option-values.ts";
import { wrap } from "./print.ts";

export const sub: Command = {
  name: "sub",
  summary: "Print messages as they arrive at the embedded broker, until Ctrl-C",
  arguments: [{ name: "<filter...>", description: "topics, with + and # as wildcards; in quotes" }],
  options: [
    { flags: "--count <n>", description: "end after so many messages" },
    { flags: "--qos <level>", description: "highest QoS asked for (default: 0)" },
    { flags: "--raw", description: "print the bytes of each message and nothing else" },
  ],
  examples: ["connack sub 'devices/#'", "connack sub 'devices/+/temperature' --count 1 --json"],
  async run(input, context) {
    const { count, qos, show } = settings(input, context);
    const lent = (await context.call("service.lend", { subscribe: input.args })) as LentCredential;
    const begun = performance.now();
    let messages = 0;
    let enough = () => {};
    const satisfied = new Promise<ExitCode>((resolve) => {
      enough = () => resolve(exitCodes.ok);
    });
    const connection = await connectGuest(lent, async (packet) => {
      if (messages >= count) return;
      messages++;
      context.out(show(packet));
      if (messages >= count) enough();
      await context.outDrained();
    });
    await subscribe(connection, input.args, qos);
    if (!context.json)
      context.err(
        `${wrap(`Waiting for messages on ${input.args.join(", ")} (Ctrl-C ends)`, "", context.errColumns)}\n`,
      );
    const { interrupted, stop } = onInterrupt();
    const end = await Promise.race([satisfied, interrupted, connection.over]);
    stop();
    if (typeof end === "string") tellOver(context, end);
    else await connection.close();
    tellSummary(context, messages, (performance.now() - begun) / 1000);
    return typeof end === "string" ? exitCodes.unavailable : end;
  },
};

async function subscribe({ client }: GuestConnection, filters: string[], qos: Qos): Promise<void> {
  try {
    await client.subscribeAsync(filters, { qos });
  } catch (error) {
    throw new OperationError("not_subscribed", `the broker refused it: ${(error as Error).message}`, "connack status");
  }
}

function settings(input: CommandInput, context: CommandContext) {
  const count = wholeNumber(input, "count", "--count") ?? Infinity;
  if (count < 1) throw new UsageError("--count takes 1 or more");
  const raw = input.options.raw === true;
  if (raw && context.json) throw new UsageError("--raw and --json exclude each other");
  const show = raw ? ({ payload }: MqttJsMessage) => bytesOf(payload) : context.json ? jsonLine : textLine;
  return { count, qos: oneQos(input) ?? 0, show };
}

function bytesOf(payload: string | Buffer): Buffer {
  return typeof payload === "string" ? Buffer.from(payload) : payload;
}

/** Whoever publishes chooses topic and payload: nothing of it may steer a terminal. */
function textLine({ topic, payload }: MqttJsMessage): string {
  const bytes = bytesOf(payload);
  const text = isUtf8(bytes)
    ? printable(bytes.toString())
    : `(${bytes.length} bytes, Base64) ${bytes.toString("base64")}`;
  return `${printable(topic)} ${text}\n`;
}

function jsonLine({ topic, payload, qos, retain }: MqttJsMessage): string {
  const bytes = bytesOf(payload);
  const content = isUtf8(bytes) ? { payload: bytes.toString() } : { payloadBase64: bytes.toString("base64") };
  return `${JSON.stringify({ at: new Date().toISOString(), topic, ...content, qos, retain })}\n`;
}

/** Ctrl-C, or a polite kill. A second one ends the process as always. */
function onInterrupt(): { interrupted: Promise<ExitCode>; stop(): void } {
  let stop = () => {};
  const interrupted = new Promise<ExitCode>((resolve) => {
    const end = () => resolve(exitCodes.ok);
    for (const name of signals) process.once(name, end);
    stop = () => {
      for (const name of signals) process.off(name, end);
    };
  });
  return { interrupted, stop: () => stop() };
}

const signals = ["SIGINT", "SIGTERM"] as const;

function tellOver(context: CommandContext, said: string): void {
  if (context.json) context.err(`${JSON.stringify({ error: { code: "connection_over", message: said } })}\n`);
  else context.err(`connack: ${said}\n`);
}

function tellSummary(context: CommandContext, messages: number, seconds: number): void {
  if (context.json) return;
  context.err(`${messages} ${messages === 1 ? "message" : "messages"} in ${seconds.toFixed(1)} s\n`);
}
