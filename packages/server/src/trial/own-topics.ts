import { compileAcl, parseXiaozhiClientId } from "@connack/credentials";
import type { EffectiveRule } from "../operations/acl-effective.ts";
import type { TrialCredential } from "./credential-source.ts";

/** Where a trial subscribes and publishes. */
export interface TrialTopics {
  subscribe: string;
  publish: string;
}

/** One level for every wildcard of a rule. */
const word = "hello";

/**
 * The first topic that these rules allow for both, else the first for each; `undefined` where there is none for one of
 * them. Only rules that hold count, and no topic that a rule before them denies.
 */
export function topicsFromRules(rules: readonly EffectiveRule[]): TrialTopics | undefined {
  const held = rules.filter(({ state }) => state === "holds");
  const acl = compileAcl(
    held.map(({ permission, action, topic, qos, retain }) => ({
      permission,
      action,
      topic,
      ...(qos && { qos: [...qos] }),
      ...(retain !== undefined && { retain }),
    })),
  );
  const topics = [
    ...new Set(held.filter(({ permission }) => permission === "allow").map(({ topic }) => concrete(topic))),
  ];
  const mayPublish = (topic: string) => acl.decide({ action: "publish", topic, qos: 1, retain: false }).allowed;
  const maySubscribe = (topic: string) => acl.decide({ action: "subscribe", topic, qos: 1 }).allowed;
  const both = topics.find((topic) => mayPublish(topic) && maySubscribe(topic));
  if (both !== undefined) return { subscribe: both, publish: both };
  const publish = topics.find(mayPublish);
  const subscribe = topics.find(maySubscribe);
  return publish === undefined || subscribe === undefined ? undefined : { subscribe, publish };
}

function concrete(topic: string): string {
  return topic
    .replace(/^eq /, "")
    .split("/")
    .map((level) => (level === "+" || level === "#" ? word : level))
    .join("/");
}

/** What the default rights of Connack allow: `devices/<id>/…`, and for a xiaozhi device its own two topics. */
export function defaultTopics({ clientId, deviceId }: Pick<TrialCredential, "clientId" | "deviceId">): TrialTopics {
  const mac = clientId.includes("@@@") ? parseXiaozhiClientId(clientId)?.mac : undefined;
  if (mac !== undefined) return { subscribe: `devices/p2p/${mac.replaceAll(":", "_")}`, publish: "device-server" };
  const topic = `devices/${level(deviceId ?? clientId)}/${word}`;
  return { subscribe: topic, publish: topic };
}

/** A name may hold what means something in a topic. */
function level(name: string): string {
  return name.replace(/[/+#\0]/g, "_");
}
