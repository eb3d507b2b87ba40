import type { Qos } from "@connack/credentials";

/** A rule as people read it, e.g. `allow publish devices/a/up (QoS 0, 1; retained)`. */
export function ruleText(rule: {
  permission: string;
  action: string;
  topic?: string;
  topics?: readonly string[];
  qos?: readonly Qos[];
  retain?: boolean;
}): string {
  const { permission, action, topic, topics = [topic ?? ""], qos, retain } = rule;
  const limits = [
    ...(qos ? [`QoS ${qos.join(", ")}`] : []),
    ...(retain === undefined ? [] : [retain ? "retained" : "not retained"]),
  ];
  const words = [permission, action, topics.join(", "), ...(limits.length > 0 ? [`(${limits.join("; ")})`] : [])];
  return words.join(" ");
}
