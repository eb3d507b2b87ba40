import { z } from "zod";
import { isSubscriptionTemplate } from "./emqx-placeholders.ts";

const most = { rules: 100, topics: 100 } as const;

const qos = z.union([z.literal(0), z.literal(1), z.literal(2)], { error: "qos is 0, 1 or 2" });

const rule = z
  .strictObject(
    {
      permission: z.enum(["allow", "deny"], { error: "permission is allow or deny" }),
      action: z.enum(["publish", "subscribe", "all"], { error: "action is publish, subscribe or all" }),
      topics: z
        .array(z.string({ error: "a topic is a text" }), { error: "topics is a list of texts" })
        .min(1, "topics is empty")
        .max(most.topics, `more than ${most.topics} topics in one rule`),
      qos: z.array(qos, { error: "qos is a list of 0, 1 and 2" }).min(1, "qos is empty").max(3).exactOptional(),
      retain: z.boolean({ error: "retain is true or false" }).exactOptional(),
    },
    { error: explain },
  )
  .superRefine(({ topics, action, retain }, context) => {
    const wrong = topics.findIndex((topic) => !isSubscriptionTemplate(topic.replace(/^eq /, "")));
    if (wrong >= 0) {
      const message = `a topic is a topic filter with \${clientid} or \${username} in it, and no other placeholder`;
      context.addIssue({ code: "custom", message, path: ["topics", wrong] });
    }
    if (retain !== undefined && action === "subscribe") {
      const message = "retain means nothing in a rule about subscribing";
      context.addIssue({ code: "custom", message, path: ["retain"] });
    }
  });

/** Rules as EMQX's own database applies them to clients that it let in by itself. One topic may stand as `topic`. */
export const emqxRulesInput = z
  .array(z.preprocess(asWritten, rule), { error: "rules is a list of rules" })
  .min(1, "rules is empty: leave it out, or say what the clients may")
  .max(most.rules, `more than ${most.rules} rules`);

function asWritten(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const { topic, ...written } = given as Record<string, unknown>;
  if (typeof topic === "string" && !Object.hasOwn(written, "topics")) written["topics"] = [topic];
  else if (topic !== undefined) written["topic"] = topic;
  if (typeof written["qos"] === "number") written["qos"] = [written["qos"]];
  return written;
}

function explain(issue: { code: string; keys?: readonly string[] }): string {
  if (issue.code !== "unrecognized_keys") return "a rule is a mapping with permission, action and topics";
  return `unknown key ${issue.keys?.[0]}; known are permission, action, topics, qos, retain`;
}
