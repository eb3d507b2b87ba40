import type { Attack } from "../attack.ts";
import { judgeListening } from "../judge-listening.ts";

export const wildcards: Attack = {
  name: "wildcards",
  group: "rights",
  title: "subscribe to # and +/#",
  expected: "refused, nothing comes",
  means: "Any device can read everything that is said on this broker.",
  fix: "connack emqx apply; rights come with Connack's answer from EMQX 5.8 on, and no_match has to be deny",
  with: "routes",
  async run(lane, kind) {
    const filters = ["#", "+/#"].map((filter) => ({ filter, told: filter }));
    return judgeListening(lane, kind, { filters, topic: lane.foreignTopic(kind, "wildcards") });
  },
};
