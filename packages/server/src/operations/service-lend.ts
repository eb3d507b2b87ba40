import type { AclRule } from "@connack/credentials";
import { z } from "zod";
import type { House } from "../open-house.ts";
import { checkTopic } from "./acl-topic.ts";
import { OperationError } from "./operation.ts";
import { quoteWord } from "./quote-word.ts";
import type { GuestCredential } from "./service-guests.ts";

const qos = z.union([z.literal(0), z.literal(1), z.literal(2)]);

/** What the command line wants to do, once: read these filters, or publish to this topic. */
export const lendInput = z.strictObject({
  subscribe: z.array(z.string().min(1).max(1024)).min(1).max(100).optional(),
  publish: z.strictObject({ topic: z.string().min(1).max(1024), qos, retain: z.boolean() }).optional(),
});
type LendInput = z.infer<typeof lendInput>;

export interface LentCredential extends GuestCredential {
  /** Where to connect, e.g. `mqtt://127.0.0.1:1883`. */
  url: string;
}

/**
 * Gives the command line a credential for one connection to the embedded broker of this very process, with exactly the
 * right it asked for. Throws `not_running` and `no_embedded_broker` where there is no such broker.
 */
export function lend(house: House, input: LendInput): LentCredential {
  const rules = rulesFor(input);
  const { embedded } = house;
  if (!embedded) throw nothingToConnectTo(house, input);
  const url = urlToConnect(house);
  return { url, ...embedded.guests.invite(rules) };
}

/** What a guest may do, and that its credential is for one connection. */
export function lentText({ subscribe = [], publish }: LendInput): string {
  const right = publish ? `publish to ${publish.topic}` : `subscribe to ${subscribe.join(", ")}`;
  return `credential for one connection: ${right}`;
}

/** A plain listener, as a client on this machine reaches it. */
function urlToConnect({ listeners }: House): string {
  const found = listeners.mqtt ?? listeners.ws;
  if (found === undefined) {
    throw new OperationError(
      "no_plain_listener",
      "the embedded broker listens with TLS only, and the command line does not check its certificate",
      "switch on brokers.embedded.tcp or brokers.embedded.webSocket.enabled, or make a service: connack service add",
    );
  }
  const url = new URL(found);
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  return url.href;
}

/** Literal rules: they hold for that filter or topic, and no other. */
function rulesFor({ subscribe, publish }: LendInput): AclRule[] {
  if ((subscribe === undefined) === (publish === undefined)) {
    throw new OperationError("bad_input", "either filters to subscribe to, or a topic to publish to");
  }
  if (publish) {
    const { topic, retain } = publish;
    checkTopic("publish", topic);
    if (topic.startsWith("$")) throw brokersOwn(topic);
    return [{ permission: "allow", action: "publish", topic: `eq ${topic}`, qos: [publish.qos], retain }];
  }
  return (subscribe ?? []).map((filter) => {
    checkTopic("subscribe", filter);
    if (filter.startsWith("$") && !filter.startsWith("$SYS/")) throw brokersOwn(filter);
    return { permission: "allow", action: "subscribe", topic: `eq ${filter}` };
  });
}

function brokersOwn(topic: string): OperationError {
  return new OperationError(
    "bad_input",
    `${JSON.stringify(topic)}: the embedded broker keeps topics that begin with $ to itself`,
    "choose another topic",
  );
}

function nothingToConnectTo({ listeners }: House, { subscribe, publish }: LendInput): OperationError {
  if (Object.keys(listeners).length === 0) {
    return new OperationError("not_running", "no server runs on this data folder", "connack serve starts one");
  }
  const [profile, line] = publish
    ? ["backend", `mosquitto_pub -h <your broker> -u cli -P <its password> -t ${quoteWord(publish.topic)} -m …`]
    : [
        "dashboard",
        `mosquitto_sub -h <your broker> -u cli -P <its password> -t ${quoteWord(subscribe?.[0] ?? "#")} -v`,
      ];
  return new OperationError(
    "no_embedded_broker",
    "the embedded broker is off: messages go through your own broker, and there the command line is nobody",
    `make a service and use its password there:\nconnack service add cli --profile ${profile}\n${line}`,
  );
}
