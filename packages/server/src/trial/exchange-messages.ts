import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection, PublishOutcome } from "@connack/device";
import { quoteWord } from "../operations/quote-word.ts";
import type { ConnackHere } from "./ask-connack.ts";
import type { BrokerTarget } from "./broker-target.ts";
import type { TrialTopics } from "./own-topics.ts";
import type { MessageInbox, Telling } from "./run-trial.ts";
import type { TrialReport } from "./trial-report.ts";

export interface Exchange {
  connection: Connection;
  topics: TrialTopics;
  publishes: boolean;
  messages: MessageInbox;
  target: BrokerTarget;
  deviceId: string | undefined;
  connack: ConnackHere | undefined;
}

/** Subscribes, publishes, and waits for what comes back; a refused subscription does not keep it from publishing. */
export async function exchangeMessages(exchange: Exchange, report: TrialReport, telling: Telling): Promise<void> {
  const isSubscribed = await subscribe(exchange, telling);
  if (!exchange.publishes) {
    telling.tell("PUBACK", "skipped", "nothing is published (--no-publish)");
    return;
  }
  const { topics, messages, target } = exchange;
  const payload = JSON.stringify({ from: "connack try", nonce: randomUUID() });
  const back = messages.wait(topics.publish, payload);
  const begun = performance.now();
  const isAcknowledged = await publish(exchange, payload, telling);
  if (!isAcknowledged) return;
  if (!isSubscribed || topics.publish !== topics.subscribe) {
    const why = isSubscribed ? `${topics.publish} is not what was subscribed to` : "nothing was subscribed to";
    telling.tell("message", "skipped", `none is expected back: ${why}`);
    return;
  }
  const waitSeconds = Math.min(target.timeoutSeconds, 5);
  const isBack = await isDone(back, exchange.connection, waitSeconds);
  if (isBack === true) {
    report.roundTripMs = Math.round(performance.now() - begun);
    telling.tell("message", "passed", `came back after ${report.roundTripMs} ms`);
    return;
  }
  const sentence =
    isBack === "ended"
      ? "The broker closed the connection instead of sending the message back."
      : `The broker acknowledged the message and did not send it back within ${waitSeconds} s.`;
  const dropped =
    target.protocolVersion === 4
      ? " With MQTT 3.1.1 it cannot say no to a message: most likely it dropped it, because the device may not publish there."
      : "";
  telling.tell("message", "failed", `${sentence}${dropped}`);
  telling.fail({ sentence: `${sentence}${dropped}`, next: rightsStep(exchange, "publish", topics.publish) });
}

async function subscribe(exchange: Exchange, { tell, fail }: Telling): Promise<boolean> {
  const { connection, topics, target } = exchange;
  const filter = topics.subscribe;
  let code: number | undefined;
  const asked = connection.subscribe(filter, 1).then(
    (granted) => {
      code = granted;
    },
    () => {}, // the connection has ended: told below
  );
  const isAnswered = await isDone(asked, connection, target.timeoutSeconds);
  if (code !== undefined && code < 128) {
    tell("SUBACK", "passed", `${filter} granted, QoS ${code}`);
    return true;
  }
  const next = rightsStep(exchange, "subscribe", filter);
  if (code !== undefined) {
    const sentence = `The broker refuses the subscription to ${filter} (SUBACK ${code}).`;
    tell("SUBACK", "failed", sentence);
    fail({ sentence, next });
  } else {
    const sentence =
      isAnswered === false
        ? `No SUBACK for ${filter} came within ${target.timeoutSeconds} s.`
        : `The broker closed the connection at the subscription to ${filter}: some do so when it is not allowed.`;
    tell("SUBACK", "failed", sentence);
    fail({ sentence, next });
  }
  return false;
}

async function publish(exchange: Exchange, text: string, { tell, fail }: Telling): Promise<boolean> {
  const { connection, topics, target } = exchange;
  const topic = topics.publish;
  let outcome: PublishOutcome | undefined;
  const acknowledged = new Promise<void>((resolve) => {
    const message = { topic, payload: Buffer.from(text), qos: 1, retain: false } as const;
    connection.publish(message, (told) => {
      outcome = told;
      resolve();
    });
  });
  const isAnswered = await isDone(acknowledged, connection, target.timeoutSeconds);
  if (outcome === "acknowledged") {
    const also = target.protocolVersion === 4 ? " (with MQTT 3.1.1 also where the broker drops it)" : "";
    tell("PUBACK", "passed", `message to ${topic} acknowledged${also}`);
    return true;
  }
  const sentence =
    typeof outcome === "number"
      ? `The broker refuses the message to ${topic} (PUBACK ${outcome}).`
      : isAnswered === false
        ? `No PUBACK for ${topic} came within ${target.timeoutSeconds} s.`
        : `The broker closed the connection at the message to ${topic}: some do so when it is not allowed.`;
  tell("PUBACK", "failed", sentence);
  fail({ sentence, next: rightsStep(exchange, "publish", topic) });
  return false;
}

/** `true` when it is done in time, `ended` when the connection was over first. */
async function isDone(done: Promise<void>, connection: Connection, seconds: number): Promise<boolean | "ended"> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      done.then(() => true as const),
      connection.ended.then(() => "ended" as const),
      sleep(seconds * 1000, false as const, { signal: timer.signal }),
    ]);
  } finally {
    timer.abort();
  }
}

/** What to look at where a topic is refused. */
function rightsStep({ connack, target, deviceId }: Exchange, action: "publish" | "subscribe", topic: string): string {
  if (connack?.isEmbedded(target) && deviceId !== undefined)
    return `connack acl test ${quoteWord(deviceId)} ${action} ${quoteWord(topic)}${connack.flags}`;
  return `allow this device to ${action === "publish" ? "publish" : "subscribe"} to ${topic} in the broker's rights, or try a topic that it may use: --topic <topic>`;
}
