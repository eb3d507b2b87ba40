import type { Attack } from "../attack.ts";
import { judgeListening } from "../judge-listening.ts";

export const foreignSubscribe: Attack = {
  name: "foreign-subscribe",
  group: "rights",
  title: "subscribe to another device's topic",
  expected: "refused, nothing comes",
  means: "Any device can read what is meant for another one.",
  fix: "connack emqx apply; rights come with Connack's answer from EMQX 5.8 on, and no_match has to be deny",
  with: "routes",
  async run(lane, kind) {
    const topic = lane.foreignTopic(kind, "subscribe");
    const filters = [
      { filter: topic, told: "its topic" },
      { filter: `$exclusive/${topic}`, told: "$exclusive/its topic" },
    ];
    return judgeListening(lane, kind, { filters, topic });
  },
};
