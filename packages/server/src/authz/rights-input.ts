import { compileAclRule } from "@connack/credentials";
import { z } from "zod";
import { deviceLimits } from "../registry/check-device-input.ts";
import { answerBytes, isShortTopic, longestTopic } from "../registry/rules-size.ts";
import { profilesFor } from "./profiles.ts";

/** Bounds of what can be set for one device or one group; `bytes` as in `answerBytes`. */
export const rightsLimits = { rules: 100, topics: 100, bytes: deviceLimits.rules } as const;

const qos = z.union([z.literal(0), z.literal(1), z.literal(2)], { error: "qos is 0, 1 or 2" });

const rule = z
  .strictObject(
    {
      permission: z.enum(["allow", "deny"], { error: "permission is allow or deny" }),
      action: z.enum(["publish", "subscribe", "all"], { error: "action is publish, subscribe or all" }),
      topics: z
        .array(z.string({ error: "a topic is a text" }).min(1, "a topic is empty"), {
          error: "topics is a list of texts",
        })
        .min(1, "topics is empty")
        .max(rightsLimits.topics, `more than ${rightsLimits.topics} topics in one rule`),
      qos: z
        .array(qos, { error: "qos is a list of 0, 1 and 2" })
        .min(1, "qos is empty")
        .max(3, "qos has more than three members")
        .exactOptional(),
      retain: z.boolean({ error: "retain is true or false" }).exactOptional(),
    },
    {
      error: explainObject(
        "a rule is a mapping with permission, action and topics",
        "permission, action, topics, qos, retain",
      ),
    },
  )
  .superRefine((given, context) => {
    const compiled = compileAclRule(given);
    if (!compiled.ok) context.addIssue({ code: "custom", message: compiled.error, path: ["topics"] });
    const long = given.topics.find((topic) => !isShortTopic(topic));
    if (long !== undefined) {
      const message = `a topic is longer than ${longestTopic} bytes`;
      context.addIssue({ code: "custom", message, path: ["topics"] });
    }
    if (given.retain !== undefined && given.action === "subscribe") {
      context.addIssue({
        code: "custom",
        message: "retain means nothing in a rule about subscribing",
        path: ["retain"],
      });
    }
  });

/**
 * A rule as it stands in connack.yaml and in the registry; topics are templates such as `devices/${deviceId}/#`. As in
 * EMQX, one topic may stand as `topic`, and one QoS without a list.
 */
export const aclRuleInput = z.preprocess(asWritten, rule);

/** The rules of one device or one group. */
export const aclRulesInput = z
  .array(aclRuleInput, { error: "rules is a list of rules" })
  .max(rightsLimits.rules, `more than ${rightsLimits.rules} rules`)
  .superRefine((rules, context) => {
    if (answerBytes(rules) <= rightsLimits.bytes) return;
    const message = `too much for one answer to a CONNECT: ${answerBytes(rules)} of ${rightsLimits.bytes} bytes; a topic with a placeholder counts ${longestTopic}`;
    context.addIssue({ code: "custom", message });
  });

/** Rights of a device, a service, or a group (whose members are devices). */
export function rightsInputFor(kind: "device" | "service") {
  const names = profilesFor(kind);
  return z.strictObject(
    {
      profile: z.enum(names, { error: `profile is one of ${names.join(", ")}` }).exactOptional(),
      rules: aclRulesInput.default([]),
    },
    { error: explainObject("rights are a mapping with profile and rules", "profile, rules") },
  );
}

const groups = z.record(
  z.string().min(1, "a group has no name").max(256, "the name of a group is too long"),
  rightsInputFor("device"),
  {
    error: (issue) =>
      (issue.code === "invalid_key" ? issue.issues[0]?.message : undefined) ??
      "groups are a mapping of group names to {profile, rules}",
  },
);

/** `acl.groups` of connack.yaml. */
export const groupRightsInput = z
  .preprocess((given, context) => {
    // zod would leave it out in silence
    if (typeof given === "object" && given !== null && Object.hasOwn(given, "__proto__")) {
      context.addIssue({ code: "custom", message: "a group cannot have this name", path: ["__proto__"] });
    }
    return given;
  }, groups)
  .default({});

function asWritten(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const { topic, ...written } = given as Record<string, unknown>;
  if (typeof topic === "string" && !Object.hasOwn(written, "topics")) written["topics"] = [topic];
  else if (topic !== undefined) written["topic"] = topic;
  if (typeof written["qos"] === "number") written["qos"] = [written["qos"]];
  return written;
}

function explainObject(sentence: string, known: string) {
  return (issue: { code: string; keys?: readonly string[] }) => {
    if (issue.code !== "unrecognized_keys") return sentence;
    return `unknown key ${issue.keys?.[0]}; known are ${known}`;
  };
}
